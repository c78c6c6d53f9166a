#!/usr/bin/env node
// The command kuasheng; the commands themselves are in cli/.
import { run } from './built.mjs';
import { prepare } from './install.mjs';

process.env.INIT_CWD = process.cwd(); // where a relative path of the command line begins; npm's name for it
prepare();
await run('cli/kuasheng.ts');
