import { Command } from 'commander';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { accumulatorCommands } from './accumulators.ts';
import { explainCommand } from './explain.ts';
import { monthCommands } from './month.ts';
import { historyCommand, publishCommand } from './policy-publish.ts';

const policyCommands = new Command('policy')
  .description('待遇政策')
  .addCommand(publishCommand())
  .addCommand(historyCommand());

const program = new Command('kuasheng')
  .description('跨省：门诊慢特病跨省直接结算的命令')
  .addCommand(accumulatorCommands())
  .addCommand(explainCommand())
  .addCommand(monthCommands())
  .addCommand(policyCommands);

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof StartFailure ? error.message : error);
  process.exitCode = 1;
}
