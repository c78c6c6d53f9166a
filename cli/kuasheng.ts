import { aGroup } from './command.ts';
import { addCommands, type Readers } from './groups.ts';

const [, , asked, askedOfGroup] = process.argv;
const groups: Readers = {
  accumulators: async () => (await import('./accumulators.ts')).accumulatorCommands(),
  explain: async () => (await import('./explain.ts')).explainCommand(),
  why: async () => (await import('./why.ts')).whyCommand(),
  maintenance: async () => (await import('./maintenance.ts')).maintenanceCommands(),
  month: async () => (await import('./month.ts')).monthCommands(),
  policy: async () => (await import('./policy.ts')).policyCommands(askedOfGroup),
  release: async () => (await import('./release.ts')).releaseCommands(),
  reverse: async () => (await import('./reverse.ts')).reverseCommand(),
};

const program = aGroup('kuasheng').description('跨省：门诊慢特病跨省直接结算的命令');
await addCommands(program, groups, asked);
await program.parseAsync();
