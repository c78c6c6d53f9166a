#!/usr/bin/env node
// The command kuasheng; the commands themselves are in cli/.
import { ensureInstalled } from './install.mjs';

ensureInstalled();
const { register } = await import('tsx/esm/api');
register();
await import('./cli/kuasheng.ts');
