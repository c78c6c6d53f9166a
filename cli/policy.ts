import { Command } from 'commander';
import { checkCommand } from './policy-check.ts';
import { schemaCommand } from './policy-schema.ts';

/** kuasheng policy …: what a benefit clerk does with a policy file. */
export function policyCommands(): Command {
  return new Command('policy')
    .description('统筹区待遇政策：检查、格式')
    .addCommand(checkCommand())
    .addCommand(schemaCommand());
}
