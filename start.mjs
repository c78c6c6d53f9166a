// npm start: installs what is missing, then starts everything (workers/dev.ts).
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensureInstalled, root } from './install.mjs';

process.chdir(root);
ensureInstalled();
const settings = path.join(root, '.env');
if (existsSync(settings)) process.loadEnvFile(settings);
const { register } = await import('tsx/esm/api');
register();
await import('./workers/dev.ts');
