import os from 'node:os';
import path from 'node:path';
import { plural } from '../../engine/decide/notables.ts';
import { auditAct } from '../audit-act.ts';
import type { CommonOptions } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { aside, note, print, printJson } from '../output.ts';
import { readDocuments } from '../read-documents.ts';
import { openToAct } from '../session.ts';
import { checkSubmission, type Submission, submitJobs } from '../submit-jobs.ts';
import { waitForJobs } from '../wait-jobs.ts';
import { safe } from '../../ui/safe-text.ts';

export interface SubmitOptions extends CommonOptions {
  readonly name?: string;
  readonly wait?: boolean;
  readonly dryRun?: boolean;
}

export interface SubmitArguments {
  readonly files: readonly string[];
  /** What stood after `--`. */
  readonly command: readonly string[];
}

/** Longer names are cut: this one was only derived. */
const NAME_MAX = 128;

/** `cbas submit`: checks all, submits all, prints the ids. With `--wait` it ends as the job did. */
export async function submit({ files, command }: SubmitArguments, options: SubmitOptions): Promise<number> {
  const submissions = await read({ files, command }, options);
  const documents = submissions.map(checked);
  if (options.dryRun === true) {
    printJson(documents.length === 1 ? documents[0] : documents);
    aside(`${documents.length} would be submitted; nothing was`);
    return EXIT.done;
  }
  const wired = await openToAct(options);
  const submitted = await submitJobs(wired, submissions);
  const ids = submitted.map(({ id }) => id);
  const targets = ids.map((id) => ({ id, rev: 1, outcome: 'done' }));
  await auditAct(wired, {
    verb: 'jobs.submit',
    title: `submit ${plural(ids.length, 'job')}`,
    state: 'done',
    outcome: '',
    targets,
  });
  if (options.json === true && options.wait !== true) printJson(submitted);
  else if (options.json !== true) for (const id of ids) print(id);
  if (options.wait !== true) return EXIT.done;
  const ended = await waitForJobs(wired, ids, (row) =>
    note(`${safe(row.name) || row.id}: ${row.state}${row.reason.detail === '' ? '' : `, ${safe(row.reason.detail)}`}`),
  );
  if (options.json === true)
    printJson(ended.map(({ id, name, state, result }) => ({ id, name, state, exitCode: result?.exitCode ?? null })));
  const [only, ...others] = ended;
  if (only === undefined || others.length > 0)
    return ended.every(({ state }) => state === 'SUCCEEDED') ? EXIT.done : EXIT.failed;
  return exitCodeOfJob(only);
}

async function read({ files, command }: SubmitArguments, options: SubmitOptions): Promise<readonly Submission[]> {
  if (command.length > 0) {
    if (files.length > 0) throw new CliError('say files, or a command after --, but not both', EXIT.usage);
    return [fromCommand(command, options.name)];
  }
  if (options.name !== undefined)
    throw new CliError('--name is for a command after --; a document names its job itself', EXIT.usage);
  if (files.length === 0)
    throw new CliError('nothing to submit: say files, - for stdin, or a command after --', EXIT.usage);
  if (files.filter((file) => file === '-').length > 1)
    throw new CliError('stdin (-) can be read once only', EXIT.usage);
  const submissions: Submission[] = [];
  for (const file of files) submissions.push(...(await readDocuments(file)));
  if (submissions.length === 0) throw new CliError('the list holds no job document', EXIT.usage);
  return submissions;
}

/** `cbas submit -- command args...` */
export function fromCommand(command: readonly string[], name: string | undefined): Submission {
  const [program = ''] = command;
  return {
    value: { cbas: 1, name: name ?? (path.basename(program).slice(0, NAME_MAX) || 'job'), run: { command } },
    baseDir: process.cwd(),
    source: 'the command',
  };
}

/** A value nested too deeply for anybody is refused like any other that is wrong. */
function checked(submission: Submission) {
  try {
    return checkSubmission(submission);
  } catch (error) {
    if (error instanceof RangeError)
      throw new CliError(`${submission.source}: the document is nested too deeply`, EXIT.usage);
    throw error;
  }
}

/** The job's own code; 128 + n for signal n, as shells say it. */
function exitCodeOfJob({ state, result }: Awaited<ReturnType<typeof waitForJobs>>[number]): number {
  if (state === 'SUCCEEDED') return EXIT.done;
  if (result?.signal !== undefined) return 128 + (os.constants.signals[result.signal as NodeJS.Signals] ?? 0);
  return result?.exitCode || EXIT.failed;
}
