// Loaded before a process of the bench that is profiled: writes V8 CPU profiles of each of its threads.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import path from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';

const directory = process.env.BENCH_PROFILE_DIRECTORY;
const script = process.argv.find((word) => word.endsWith('.ts')) ?? process.argv[1] ?? 'node';
const name = `${path.basename(path.dirname(script))}-${path.basename(script)}-${threadId}`;
const session = new Session();
let part = 0;

function begin() {
  session.post('Profiler.start');
}

function write() {
  session.post('Profiler.stop', (error, result) => {
    if (error !== null) return;
    part += 1;
    const file = path.join(directory, `${name}-${part}.cpuprofile`);
    writeFileSync(file, JSON.stringify(result.profile));
  });
}

session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: 1000 });
begin();
if (isMainThread) process.on('exit', write);
else {
  // A workflow thread is terminated without a last word.
  setInterval(() => {
    write();
    begin();
  }, 20_000).unref();
}
