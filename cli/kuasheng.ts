import { Command } from 'commander';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { monthCommands } from './month.ts';

const program = new Command('kuasheng')
  .description('跨省：门诊慢特病跨省直接结算的运维命令')
  .addCommand(monthCommands());

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof StartFailure ? error.message : error);
  process.exitCode = 1;
}
