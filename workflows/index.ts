export { clearing } from './clearing.ts';
export { registry } from './registry.ts';
export { reversal } from './reversal.ts';
export { settlement } from './settlement.ts';
export { visit } from './visit.ts';
export { windows } from './windows.ts';
