import { Command } from 'commander';
import { diffCommand } from '../../cli/policy-diff.ts';
import { quoteCommand } from '../../cli/policy-quote.ts';
import { testCommand } from '../../cli/policy-test.ts';

/** The commands of these tests alone, as a process of their own. */
await new Command('program')
  .addCommand(quoteCommand())
  .addCommand(testCommand())
  .addCommand(diffCommand())
  .parseAsync();
