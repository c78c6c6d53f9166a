// npm start: installs what is missing, then starts everything (workers/dev.ts).
import { prepare } from './install.mjs';

await prepare();
await import('./workers/dev.ts');
