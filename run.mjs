// node run.mjs workers/place.ts …: runs one of our TypeScript programs, as if node could read it.
// node run.mjs --make workers/place.ts …: only makes what is to be run, as when an image is built.
import { make, run } from './built.mjs';

process.argv.splice(1, 1); // the program stands where its own name belongs
const [, program, ...others] = process.argv;
if (program === '--make') for (const other of others) await make(other);
else await run(program);
