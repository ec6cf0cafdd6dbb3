import type { Command } from 'commander';
import { safe } from '../../ui/safe-text.ts';
import type { CommonOptions } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { note } from '../output.ts';
import type { JobFacts } from './job-facts.ts';

export interface JobOptions extends CommonOptions {
  /** A file, or a job of the deployment; options win over it. */
  readonly job?: string;
}

/** What a verb takes from a job, by the names of its own options. */
export type TakenFromJob = Partial<
  Record<'work' | 'deadline' | 'bid' | 'type' | 'checkpointS' | 'policy' | 'dataGb', string>
>;

export function withJobOption(command: Command, what: string): Command {
  return command
    .option('--job <file|id>', `a job document, or a job of the deployment: ${what}; options win over it`)
    .option('-d, --deployment <name>', 'which deployment, for the id of a job')
    .option('--region <region>', 'AWS region of the deployment')
    .option('--profile <profile>', 'AWS profile to use');
}

/**
 * The options with what the job tells in place of those that were not given: its estimate, or the work that it has left; its
 * deadline from now on; its highest price; its instance type where it names just one; how long its newest checkpoint took.
 */
export async function withJob<Options extends JobOptions>(
  options: Options,
  command: Command,
  taken: TakenFromJob,
): Promise<Options> {
  if (options.job === undefined) return options;
  const isGiven = (name: string | undefined): boolean =>
    name === undefined || command.getOptionValueSource(name) === 'cli';
  const { jobFacts } = await import('./job-facts.ts');
  const facts = await jobFacts(options.job, options);
  checkFacts(facts, { needsWork: !isGiven(taken.work), needsDeadline: !isGiven(taken.deadline) }, taken);
  if (facts.said !== undefined) note(safe(facts.said));
  const told: Readonly<Record<keyof TakenFromJob, string | number | undefined>> = {
    work: facts.workH,
    deadline: facts.deadlineH,
    bid: isGiven('sweep') ? undefined : facts.maxUsdPerHour,
    type: facts.type,
    checkpointS: facts.checkpointS,
    policy: facts.isNeverSaved ? 'none' : undefined,
    dataGb: facts.dataGb,
  };
  const found = Object.entries(taken).flatMap(([fact, name]) => {
    const value = told[fact as keyof TakenFromJob];
    return value === undefined || isGiven(name) ? [] : [[name, String(value)]];
  });
  return { ...options, ...(Object.fromEntries(found) as Partial<Options>) };
}

function checkFacts(
  { asked, workH, deadline, deadlineH }: JobFacts,
  { needsWork, needsDeadline }: { needsWork: boolean; needsDeadline: boolean },
  taken: TakenFromJob,
): void {
  const flag = (name: string | undefined): string =>
    `--${(name ?? '').replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
  if (needsWork && workH === undefined)
    throw new CliError(`--job ${safe(asked)}: has no estimate.workS; add it, or give ${flag(taken.work)}`, EXIT.usage);
  if (needsDeadline && deadlineH !== undefined && deadlineH <= 0)
    throw new CliError(
      `--job ${safe(asked)}: its deadline ${deadline} is past; give ${flag(taken.deadline)}`,
      EXIT.usage,
    );
}
