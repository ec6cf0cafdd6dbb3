import type { JobNeeds, JobRow } from '../engine/model/job.ts';
import { deadlineWords, parseDeadline } from './deadline-words.ts';
import { propose } from './propose.ts';
import { type Cockpit, frameOf } from './cockpit.ts';
import type { KeyPress } from './key-press.ts';
import type { Dialog } from './dialog.ts';
import { tell } from './state.ts';

/** Jobs whose documents are read for what they need, when they get their first deadline: one request each. */
const NEEDS_READ_MAX = 20;
/** Longer than any time that can be said. */
const TYPED_MAX = 32;

type Urgency = Extract<Dialog, { kind: 'urgency' }>;

/** Asks for a priority or a deadline of the jobs that are meant. */
export function openUrgency(cockpit: Cockpit, jobs: readonly JobRow[]): void {
  const [first] = jobs;
  if (first === undefined) return;
  const { now } = frameOf(cockpit);
  const same = <T>(of: (job: JobRow) => T): T | undefined => (jobs.every((job) => of(job) === of(first)) ? of(first) : undefined); // prettier-ignore
  const deadlineAt = same((job) => job.deadlineAt);
  const dialog: Urgency = {
    kind: 'urgency',
    jobIds: jobs.map(({ id }) => id),
    what: jobs.length === 1 ? first.name || first.id : `${jobs.length} jobs`,
    field: 'priority',
    priority: '',
    deadline: '',
    now: {
      priority: String(same((job) => job.priority) ?? 'not all the same'),
      deadline: deadlineAt === undefined ? 'not all the same' : deadlineWords(deadlineAt, now),
    },
    problem: '',
  };
  cockpit.store.setState({ dialog, message: undefined });
}

export function urgencyKey(cockpit: Cockpit, dialog: Urgency, press: KeyPress): void {
  const { store } = cockpit;
  const set = (change: Partial<Urgency>): void => store.setState({ dialog: { ...dialog, problem: '', ...change } });
  const type = (text: string): void => set(dialog.field === 'priority' ? { priority: text } : { deadline: text });
  switch (press.name) {
    case 'tab':
    case 'up':
    case 'down':
      return set({ field: dialog.field === 'priority' ? 'deadline' : 'priority' });
    case 'backspace':
    case 'delete':
      return type(dialog[dialog.field].slice(0, -1));
    case 'enter':
      return plan(cockpit, dialog);
    default:
      if (press.text !== '') type((dialog[dialog.field] + press.text).slice(0, TYPED_MAX));
  }
}

/** What was typed, as a plan; where that needs what a document says, it is read first. */
function plan(cockpit: Cockpit, dialog: Urgency): void {
  const { store } = cockpit;
  const { now, snapshot } = frameOf(cockpit);
  const problem = (text: string): void => store.setState({ dialog: { ...dialog, problem: text } });
  const { priority, deadline, jobIds } = dialog;
  if (priority === '' && deadline === '') return problem('type a priority, a deadline, or both');
  if (priority !== '' && !/^[+-]?\d+$/.test(priority)) return problem(`${priority} is no whole number`);
  const deadlineAt = deadline === '' ? undefined : parseDeadline(deadline, now);
  if (Number.isNaN(deadlineAt)) return problem(`${deadline} is no time: 90m, 4h, 2d, 2026-12-01T12:00Z, or none`);
  const command = {
    kind: 'jobs.set',
    jobIds,
    priority: priority === '' ? undefined : Number(priority),
    deadlineAt,
  } as const;
  const unknown = (deadlineAt ?? 0) === 0 ? [] : jobIds.filter((id) => snapshot.jobs.get(id)?.needs === undefined);
  if (unknown.length === 0 || unknown.length > NEEDS_READ_MAX) return propose(cockpit, { ...command, needs: {} }, 'P');
  tell(store, 'reading what they need');
  void readNeeds(cockpit, unknown).then((needs) => {
    // Whoever has left the question meanwhile gets no plan.
    if (store.getState().dialog === dialog) propose(cockpit, { ...command, needs }, 'P');
  });
}

async function readNeeds({ engine }: Cockpit, ids: readonly string[]): Promise<Readonly<Record<string, JobNeeds>>> {
  const found: Record<string, JobNeeds> = {};
  for (const id of ids) {
    const answer = await engine.readFacts(id);
    if (answer.kind !== 'facts' || answer.facts.spec === undefined) continue;
    const { needs } = answer.facts.spec;
    found[id] = { ...needs, arch: needs.arch === 'x86_64' || needs.arch === 'arm64' ? needs.arch : 'any' };
  }
  return found;
}
