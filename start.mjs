// npm start: installs what is missing, then starts everything (workers/dev.ts).
import { run } from './built.mjs';
import { prepare } from './install.mjs';

prepare();
await run('workers/dev.ts');
