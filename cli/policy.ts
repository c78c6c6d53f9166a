import type { Command } from 'commander';
import { aGroup } from './command.ts';
import { addCommands, type Readers } from './groups.ts';

const commands: Readers = {
  check: async () => (await import('./policy-check.ts')).checkCommand(),
  quote: async () => (await import('./policy-quote.ts')).quoteCommand(),
  test: async () => (await import('./policy-test.ts')).testCommand(),
  diff: async () => (await import('./policy-diff.ts')).diffCommand(),
  publish: async () => (await import('./policy-publish.ts')).publishCommand(),
  history: async () => (await import('./policy-publish.ts')).historyCommand(),
  schema: async () => (await import('./policy-schema.ts')).schemaCommand(),
};

/** kuasheng policy …: what a benefit clerk does with a policy file. */
export const policyCommands = (asked?: string): Promise<Command> =>
  addCommands(aGroup('policy').description('统筹区待遇政策'), commands, asked);
