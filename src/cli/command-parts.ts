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

/** A verb that changes something takes these. */
export function withActing(command: Command): Command {
  return withAsking(command)
    .option('--reason <text>', 'why, for the audit')
    .option('--no-wait', 'do not wait for the outcome');
}

export function withAsking(command: Command): Command {
  return withCommon(command)
    .option('--dry-run', 'show the plan and stop')
    .option('-y, --yes', 'do not ask; needed where there is no terminal to ask on');
}

/** Ends the verb with the code that it returns. Nothing is cut off: the process leaves when all is written. */
export async function ends(code: Promise<number>): Promise<void> {
  process.exitCode = await code;
}
