#!/usr/bin/env node
// The command kuasheng; the commands themselves are in cli/.
import { prepare } from './install.mjs';

process.env.INIT_CWD = process.cwd(); // npm's word for it: where file names given to us start
await prepare();
await import('./cli/kuasheng.ts');
