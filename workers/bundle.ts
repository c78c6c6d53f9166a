import { buildWorkflows } from './build.ts';

/** Makes the bundle of the workflows ahead of the centre's first start, and tells what it is called. */
console.log((await buildWorkflows()).id);
