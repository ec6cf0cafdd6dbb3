import type { Command, Proposal } from '../model/command.ts';
import { EVERYBODY, type OwnerSetting, ownerSetting, type Settings } from '../model/deployment.ts';
import { JOB } from '../model/job-columns.ts';
import { isLeased } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { writeSettings } from '../protocol/misc-item.ts';
import { OWNERS_MAX, WEIGHT_MAX, WEIGHT_MIN } from '../protocol/owner-item.ts';
import { plural } from './notables.ts';
import { type PlanContext, planned, refuse } from './plan-parts.ts';

type OwnerCommand = Extract<Command, { kind: 'owner.set' }>;

/** Nobody counts further: who wants more says any. */
const LIMIT_MAX = 1_000_000_000;

/** What an owner of jobs may have at once, and his share. */
export function proposeOwner(command: OwnerCommand, context: PlanContext): Proposal {
  const { snapshot, operator, now } = context;
  const { settings } = snapshot;
  const { owner } = command;
  const wrong = wrongValue(command, settings);
  if (wrong !== undefined) return refuse('bad-value', wrong);
  const before = settings.owners?.find(({ name }) => name === owner);
  const after = command.reset === true ? undefined : changed(before ?? { name: owner }, command);
  if (ownerWords(before) === ownerWords(after))
    return refuse('nothing-to-do', `it is so already: ${ownerWords(before)}`);
  const others = (settings.owners ?? []).filter(({ name }) => name !== owner);
  const owners = after === undefined ? others : [...others, after].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (owners.length > OWNERS_MAX)
    return refuse('limit', `more than ${OWNERS_MAX} owners cannot have settings of their own`);
  const next: Settings = { ...settings, owners, changedBy: operator.name, changedAt: now };
  const who = owner === EVERYBODY ? 'everybody without a setting of his own' : owner;
  return planned(command, context, {
    title: `${who}: ${ownerWords(after)}`,
    steps: [
      {
        text: `${who}: ${ownerWords(before)} -> ${ownerWords(after)}`,
        note: 'from the leader’s next look on',
        effect: { kind: 'table.write', write: writeSettings(next) },
        targets: [{ id: `owner ${owner}`, rev: settings.rev, state: ownerWords(before) }],
      },
    ],
    notes: notesOf(owner, { snapshot, after: ownerSetting(next, owner) }),
  });
}

function wrongValue(
  { owner, maxRunning, maxWaiting, weight, reset }: OwnerCommand,
  { owners = [] }: Settings,
): string | undefined {
  if (owner === '') return 'say whose: a name as in `cbas quota`, or * for everybody';
  if (reset === true)
    return owners.some(({ name }) => name === owner) ? undefined : `${owner} has no setting of his own`;
  if (maxRunning === undefined && maxWaiting === undefined && weight === undefined)
    return 'say what to set: jobs running, jobs waiting, or the share';
  for (const count of [maxRunning, maxWaiting])
    if (typeof count === 'number' && !(Number.isInteger(count) && count >= 0 && count <= LIMIT_MAX))
      return `a limit is a whole number from 0 to ${LIMIT_MAX}, or any; not ${count}`;
  if (weight !== undefined && !(weight >= WEIGHT_MIN && weight <= WEIGHT_MAX))
    return `a share is a number from ${WEIGHT_MIN} to ${WEIGHT_MAX}, not ${weight}`;
  return undefined;
}

function changed(before: OwnerSetting, command: OwnerCommand): OwnerSetting {
  const limit = (name: 'maxRunning' | 'maxWaiting'): Partial<OwnerSetting> => {
    const count = command[name] ?? before[name];
    return count === undefined || count === 'any' ? {} : { [name]: count };
  };
  const weight = command.weight ?? before.weight ?? 1;
  return { name: before.name, ...limit('maxRunning'), ...limit('maxWaiting'), ...(weight !== 1 && { weight }) };
}

/** "at most 10 running, any number waiting, share 2"; of no setting what that means. */
export function ownerWords(setting: OwnerSetting | undefined): string {
  if (setting === undefined) return 'as everybody';
  const { maxRunning, maxWaiting, weight = 1 } = setting;
  const most = (count: number | undefined, what: string): string =>
    `${count === undefined ? 'any number' : `at most ${count}`} ${what}`;
  return `${most(maxRunning, 'running')}, ${most(maxWaiting, 'waiting')}, share ${weight}`;
}

function notesOf(
  owner: string,
  { snapshot, after }: { readonly snapshot: Snapshot; readonly after: Omit<OwnerSetting, 'name'> },
): readonly string[] {
  const { maxRunning, maxWaiting } = after;
  const notes = ['shares are of jobs that are submitted from now on'];
  if (owner === EVERYBODY) return notes;
  const { running, waiting } = ownerCounts(snapshot).get(owner) ?? { running: 0, waiting: 0 };
  if (maxRunning !== undefined && running > maxRunning)
    notes.push(
      `${plural(running, 'job runs and goes on', 'jobs run and go on')}; none is let in before there are fewer than ${maxRunning}`,
    );
  if (maxWaiting !== undefined && waiting > maxWaiting)
    notes.push(
      `${plural(waiting, 'job waits and stays', 'jobs wait and stay')}: no more are accepted before there are fewer than ${maxWaiting}`,
    );
  return notes;
}

export interface OwnerCounts {
  running: number;
  /** Not running yet, or not running now: waiting for others, held and in backoff included. */
  waiting: number;
}

/** By owner, of those who have jobs that have not ended. */
export function ownerCounts({ jobs }: Pick<Snapshot, 'jobs'>): ReadonlyMap<string, OwnerCounts> {
  const counts = new Map<string, OwnerCounts>();
  const [stateOf, ownerOf] = [jobs.column(JOB.state), jobs.column(JOB.owner)];
  for (let at = 0; at < jobs.length; at++) {
    const state = stateOf(at);
    const isRunning = isLeased(state);
    if (!isRunning && state !== 'RUNNABLE' && state !== 'BLOCKED' && state !== 'HELD') continue;
    const owner = ownerOf(at);
    let of = counts.get(owner);
    if (of === undefined) counts.set(owner, (of = { running: 0, waiting: 0 }));
    if (isRunning) of.running += 1;
    else of.waiting += 1;
  }
  return counts;
}
