import type { Command } from 'commander';

/** A verb that looks at or changes a deployment takes these. */
export function withCommon(command: Command): Command {
  return command
    .option('-d, --deployment <name>', 'which deployment (else CBAS_DEPLOYMENT, else the embedded AWS that runs here)')
    .option('--region <region>', 'AWS region of the deployment')
    .option('--profile <profile>', 'AWS profile to use')
    .option('--json', 'print JSON');
}

export function example(command: Command, text: string): Command {
  return command.addHelpText('after', `\nExample:\n  ${text}`);
}
