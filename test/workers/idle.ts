import { runProcess } from '../../workers/process.ts';

/** A process of ours that does nothing until it is told to stop. */
await runProcess('idle', () => {
  const work = setInterval(() => undefined, 1000);
  return Promise.resolve({
    stop: () => {
      clearInterval(work);
      return Promise.resolve();
    },
  });
});
