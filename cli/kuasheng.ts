import { Command } from 'commander';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { addCommands, type Readers } from './groups.ts';

const [, , asked, askedOfGroup] = process.argv;
const groups: Readers = {
  accumulators: async () => (await import('./accumulators.ts')).accumulatorCommands(),
  explain: async () => (await import('./explain.ts')).explainCommand(),
  maintenance: async () => (await import('./maintenance.ts')).maintenanceCommands(),
  month: async () => (await import('./month.ts')).monthCommands(),
  policy: async () => (await import('./policy.ts')).policyCommands(askedOfGroup),
};

const program = new Command('kuasheng').description('跨省：门诊慢特病跨省直接结算的命令');
try {
  await addCommands(program, groups, asked);
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof StartFailure ? error.message : error);
  process.exitCode = 1;
}
