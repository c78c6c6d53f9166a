import { Command } from 'commander';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { accumulatorCommands } from './accumulators.ts';
import { explainCommand } from './explain.ts';
import { monthCommands } from './month.ts';

const program = new Command('kuasheng')
  .description('跨省：门诊慢特病跨省直接结算的命令')
  .addCommand(accumulatorCommands())
  .addCommand(explainCommand())
  .addCommand(monthCommands());

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof StartFailure ? error.message : error);
  process.exitCode = 1;
}
