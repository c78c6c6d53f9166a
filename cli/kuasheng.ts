import { Command } from 'commander';
import { StartFailure } from '../workers/dev/start-failure.ts';

/** Each group is read when it is asked for: what needs no server does not wait for Temporal's client. */
const groups: Readonly<Record<string, () => Promise<Command>>> = {
  month: async () => (await import('./month.ts')).monthCommands(),
  policy: async () => (await import('./policy.ts')).policyCommands(),
};

const program = new Command('kuasheng').description('跨省：门诊慢特病跨省直接结算的运维命令');
const [, , asked = ''] = process.argv;

try {
  const wanted = Object.hasOwn(groups, asked) ? [asked] : Object.keys(groups);
  for (const name of wanted) {
    const group = groups[name];
    if (group) program.addCommand(await group());
  }
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof StartFailure ? error.message : error);
  process.exitCode = 1;
}
