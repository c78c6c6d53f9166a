#!/usr/bin/env node
// The command kuasheng; the commands themselves are in cli/.
import { prepare } from './install.mjs';

await prepare();
await import('./cli/kuasheng.ts');
