import { nearest } from '../../engine/model/nearest.ts';
import type { Command } from '../../engine/model/command.ts';
import { LOG_BYTES_MAX, type LogStream } from '../../engine/model/job-log.ts';
import type { JobRow } from '../../engine/model/job.ts';
import { DAY_MS } from '../../engine/model/units.ts';
import { auditLines, whatCame, whereFrom, whoDid } from '../../engine/select/audit.ts';
import { viewJobs } from '../../engine/select/jobs-view.ts';
import { workersInOrder } from '../../engine/select/workers.ts';
import { parseDeadline } from '../../ui/deadline-words.ts';
import { age } from '../../ui/format.ts';
import { logLines } from '../../ui/log-text.ts';
import { CliError, EXIT } from '../exit.ts';
import { findOne } from '../find.ts';
import { allBooks, allPools, documentFacts, type Fact, inLines, inOneLine, jobFacts, overviewFacts, workerFacts } from './facts.ts'; // prettier-ignore
import type { Session } from './session.ts';

/** One command of the line-oriented front. It does what keys do: it looks, or it makes a plan. */
export interface Verb {
  readonly name: string;
  readonly usage: string;
  readonly help: string;
  run(session: Session, words: readonly string[]): Promise<void> | void;
}

/** So many lines are told at once; `more` goes on. */
const AT_ONCE = 20;
const LOG_LINES = 20;
const AUDIT_LINES = 500;

const LISTS: Readonly<Record<string, (session: Session, words: readonly string[]) => readonly string[]>> = {
  jobs: ({ snapshot, now }, words) => {
    const { jobs, live } = snapshot();
    const view = viewJobs({ jobs, live, now: now() }, { filter: words.join(' '), order: undefined, faultsOnly: false });
    return Array.from({ length: view.length }, (_, at) => inOneLine(short(jobFacts(snapshot(), view.at(at), now()))));
  },
  workers: ({ snapshot, now }, words) =>
    workersInOrder(snapshot())
      .map((row) => inOneLine(workerFacts(snapshot(), row, now())))
      .filter((line) => words.every((word) => line.toLowerCase().includes(word.toLowerCase()))),
  pools: ({ snapshot }) => allPools(snapshot()).map(inOneLine),
  books: ({ snapshot }) => allBooks(snapshot()).map(inOneLine),
};

/** In a list the id and the cost of each job only delay the next. */
function short(facts: readonly Fact[]): readonly Fact[] {
  return facts.filter(([label]) => !['id', 'cost', 'worker'].includes(label));
}

function list(session: Session, [what = 'jobs', ...words]: readonly string[]): void {
  const known = LISTS[what];
  if (known === undefined) throw new CliError(`list what? ${Object.keys(LISTS).join(', ')}`, EXIT.usage);
  const lines = known(session, words);
  if (lines.length === 0) return session.tell(`no ${what}`);
  session.tell(`${lines.length} ${lines.length === 1 ? what.slice(0, -1) : what}`);
  session.tellSome(lines, AT_ONCE);
}

async function show(session: Session, words: readonly string[]): Promise<void> {
  const found = thing(session, words);
  session.tellSome(inLines(factsOf(session, found)), AT_ONCE);
  if (found.kind !== 'job') return;
  const answer = await session.engine.readFacts(found.row.id);
  session.tellSome(inLines(documentFacts(found.row, answer)), AT_ONCE);
}

function why(session: Session, words: readonly string[]): void {
  const facts = factsOf(session, thing(session, words));
  const [, reason] = facts.find(([label]) => label === 'why') ?? ['', 'nothing is known of why'];
  session.tell(`${facts[0]?.[1] ?? ''}: ${reason}`);
}

async function log(session: Session, [asked = '', ...streams]: readonly string[]): Promise<void> {
  const { id, name } = job(session, asked);
  const stream: LogStream = streams.includes('stderr') ? 'stderr' : 'stdout';
  const query = { jobId: id, stream, epoch: undefined, known: '', bytesMax: LOG_BYTES_MAX };
  const answer = await session.engine.readLog(query);
  if (answer.kind === 'failed') throw new CliError(`the log of ${name} was not read: ${answer.why}`, EXIT.unavailable);
  if (answer.kind !== 'log') return session.tell(`${name} has written nothing to ${stream}`);
  const lines = logLines(answer.tail.text);
  session.tell(
    `the last ${Math.min(LOG_LINES, lines.length)} of ${lines.length} lines that ${name} wrote to ${stream}`,
  );
  for (const line of lines.slice(-LOG_LINES)) session.tell(line);
}

type Thing =
  | { readonly kind: 'job'; readonly row: JobRow }
  | { readonly kind: 'worker'; readonly row: ReturnType<typeof workersInOrder>[number] };

/** A job, or, where no job is called so, a worker. */
function thing(session: Session, [asked]: readonly string[]): Thing {
  if (asked === undefined) throw new CliError('of what? give a name or an id', EXIT.usage);
  const worker = /^i-/.test(asked) || [...workersInOrder(session.snapshot())].some(({ id }) => id.endsWith(asked));
  const rows = workersInOrder(session.snapshot()).map((row) => ({ id: row.id, name: '', row }));
  return worker
    ? { kind: 'worker', row: findOne('worker', asked, rows).row }
    : { kind: 'job', row: job(session, asked) };
}

function factsOf({ snapshot, now }: Session, found: Thing): readonly Fact[] {
  return found.kind === 'job' ? jobFacts(snapshot(), found.row, now()) : workerFacts(snapshot(), found.row, now());
}

function job({ snapshot }: Session, asked: string): JobRow {
  if (asked === '') throw new CliError('which job? give its name or id', EXIT.usage);
  return findOne<JobRow>('job', asked, snapshot().jobs);
}

/** A verb that is for one job or several. */
function onJobs(name: string, help: string, command: (jobIds: readonly string[]) => Command): Verb {
  return {
    name,
    usage: `${name} JOB...`,
    help,
    run: (session, words) => {
      if (words.length === 0) throw new CliError(`${name} which job? give its name or id`, EXIT.usage);
      const jobs = words.map((word) => job(session, word));
      return session.propose(command(jobs.map(({ id }) => id)), name, jobs.map(typable));
    },
  }; // prettier-ignore
}

/** What confirms a plan can be typed: a name of plain characters, else the id. */
function typable({ id, name }: JobRow): string {
  return /^[\w.:@/-]+$/.test(name) ? name : id;
}

/** A verb that is for one worker or several. */
function onWorkers(name: string, help: string, command: (workerIds: readonly string[]) => Command): Verb {
  return {
    name,
    usage: `${name} WORKER...`,
    help,
    run: (session, words) => {
      if (words.length === 0) throw new CliError(`${name} which worker? give its id`, EXIT.usage);
      const rows = workersInOrder(session.snapshot()).map(({ id }) => ({ id, name: '' }));
      const ids = words.map((word) => findOne('worker', word, rows).id);
      return session.propose(command(ids), name, ids);
    },
  };
}

function urgency(session: Session, [asked = '', what = '', value = '']: readonly string[]): Promise<void> {
  const { id, ...row } = job(session, asked);
  const deadlineAt = what === 'deadline' ? parseDeadline(value, session.now()) : undefined;
  const priority = what === 'priority' ? Number(value || Number.NaN) : undefined;
  if ((what !== 'deadline' && what !== 'priority') || Number.isNaN(deadlineAt ?? priority))
    throw new CliError('say: set JOB priority 10, or set JOB deadline 4h (or none)', EXIT.usage);
  return session.propose({ kind: 'jobs.set', jobIds: [id], priority, deadlineAt, needs: {} }, 'set', [typable({ id, ...row })]);
} // prettier-ignore

/** Acts of the last day, the newest first. */
async function audit(session: Session): Promise<void> {
  const answer = await session.engine.readAudit({ since: session.now() - DAY_MS, limit: AUDIT_LINES });
  if (answer.kind === 'failed') throw new CliError(`the audit was not read: ${answer.why}`, EXIT.unavailable);
  const lines = auditLines(answer.entries).map((line) => {
    const where = whereFrom(line);
    const came = whatCame(line);
    const ago = age(session.now() - line.at);
    return `${ago} ago, ${whoDid(line)}${where === '' ? '' : ` (${where})`}: ${line.title}: ${line.state}${came === '' ? '' : `, ${came}`}`;
  });
  if (lines.length === 0) return session.tell('nobody did anything in the last day');
  session.tellSome(lines, AT_ONCE);
}

function launch(session: Session, [count = '', pool]: readonly string[]): Promise<void> {
  const number = Number(count);
  if (!Number.isInteger(number) || number < 1)
    throw new CliError(`launch how many? "${count}" is no whole number from 1 on`, EXIT.usage);
  return session.propose({ kind: 'workers.launch', count: number, pool }, 'launch', [String(number)]);
}

function bid(session: Session, [pool = '', usd = '']: readonly string[]): Promise<void> {
  const usdPerHour = Number(usd);
  if (pool === '' || !(usdPerHour > 0)) throw new CliError('say: bid POOL DOLLARS, as in bid c5.large/us-east-1a 0.05', EXIT.usage);
  return session.propose({ kind: 'bid.set', pool, usdPerHour }, 'bid', [pool]);
} // prettier-ignore

export const VERBS: readonly Verb[] = [
  { name: 'overview', usage: 'overview', help: 'how everything is', run: (session) => session.tellSome(inLines(overviewFacts(session.snapshot(), session.now())), AT_ONCE) },
  { name: 'list', usage: 'list jobs | workers | pools | books [FILTER]', help: 'one line each; for jobs the filter is that of the console, as in list jobs state:failed', run: list },
  { name: 'more', usage: 'more', help: 'go on with a list that was cut', run: (session) => session.tellSome([], AT_ONCE) },
  { name: 'show', usage: 'show JOB-OR-WORKER', help: 'everything known of it', run: show },
  { name: 'why', usage: 'why JOB-OR-WORKER', help: 'why it is where it is', run: why },
  { name: 'log', usage: 'log JOB [stderr]', help: 'the end of what it wrote', run: log },
  { name: 'news', usage: 'news', help: 'what has changed since you were told last', run: (session) => session.tellNews('asked') },
  onJobs('kill', 'plan to kill jobs', (jobIds) => ({ kind: 'jobs.kill', jobIds })),
  onJobs('checkpoint', 'plan to save the work of jobs now', (jobIds) => ({ kind: 'jobs.checkpoint', jobIds })),
  onJobs('hold', 'plan to hold jobs back', (jobIds) => ({ kind: 'jobs.hold', jobIds })),
  onJobs('release', 'plan to let held jobs go on', (jobIds) => ({ kind: 'jobs.release', jobIds })),
  onJobs('retry', 'plan to run failed jobs again', (jobIds) => ({ kind: 'jobs.retry', jobIds })),
  { name: 'set', usage: 'set JOB priority NUMBER | set JOB deadline TIME', help: 'plan another priority or deadline', run: urgency },
  onWorkers('drain', 'plan that workers take nothing new and go when their jobs have ended', (workerIds) => ({ kind: 'workers.drain', workerIds, target: 'keep', jobs: 'finish' })),
  onWorkers('terminate', 'plan to end workers', (workerIds) => ({ kind: 'workers.terminate', workerIds, target: 'keep' })),
  { name: 'launch', usage: 'launch COUNT [POOL]', help: 'plan to launch workers', run: launch },
  { name: 'bid', usage: 'bid POOL DOLLARS', help: 'plan a bid for new launches', run: bid },
  { name: 'roll', usage: 'roll POOL', help: 'plan to replace the workers of a pool that were launched at another bid', run: (session, [pool = '']) => session.propose({ kind: 'workers.roll', pool }, 'roll', [pool]) },
  { name: 'undo', usage: 'undo [POOL]', help: 'plan the bid that a pool had before; without a pool, of the newest change', run: (session, [pool = '*']) => session.propose({ kind: 'bid.undo', pool }, 'undo', [pool === '*' ? 'bid' : pool]) },
  { name: 'audit', usage: 'audit', help: 'who did what in the last day, and what came of it', run: audit },
  { name: 'master', usage: 'master', help: 'plan to start a master on this machine', run: (session) => session.propose({ kind: 'master.start' }, 'start', ['master']) },
  { name: 'help', usage: 'help', help: 'these commands', run: (session) => VERBS.forEach(({ usage, help }) => session.tell(`${usage}: ${help}`)) },
  { name: 'quit', usage: 'quit', help: 'leave', run: (session) => session.leave() },
]; // prettier-ignore

/** Carries out one line. What is wrong with it is thrown, as a sentence. */
export async function obey(session: Session, line: string): Promise<void> {
  const [word = '', ...words] = line.trim().split(/\s+/);
  if (word === '') return session.tellNews('asked');
  const verb = VERBS.find(({ name }) => name === word.toLowerCase());
  if (verb === undefined) {
    const near = nearest(word, VERBS.map(({ name }) => name)); // prettier-ignore
    throw new CliError(`there is no command ${word}; ${near === undefined ? '' : `did you mean ${near}? `}help lists them`, EXIT.usage); // prettier-ignore
  }
  await verb.run(session, words);
}
