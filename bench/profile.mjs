// Loaded before a process of the bench when it is profiled: writes a V8 CPU profile per thread at its end.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import path from 'node:path';
import { threadId } from 'node:worker_threads';

const directory = process.env.BENCH_PROFILE_DIRECTORY;
const script = process.argv[1] ?? 'node';
const name = `${path.basename(path.dirname(script))}-${path.basename(script)}-${process.pid}-${threadId}`;
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: 1000 });
session.post('Profiler.start');
process.on('exit', () => {
  session.post('Profiler.stop', (error, result) => {
    if (error === null)
      writeFileSync(path.join(directory, `${name}.cpuprofile`), JSON.stringify(result.profile));
  });
});
