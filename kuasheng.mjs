#!/usr/bin/env node
// The command kuasheng; the commands themselves are in cli/.
import { prepare } from './install.mjs';

process.env.INIT_CWD = process.cwd(); // where a relative path of the command line begins; npm's name for it
await prepare();
await import('./cli/kuasheng.ts');
