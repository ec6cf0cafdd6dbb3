import { type KeyContext, keyList } from './key-shape.ts';

/** Keys that act: capitals, each opens its plan and does nothing else. No act is on ctrl-anything. */
export const ACT_KEYS = keyList([
  { id: 'launch', keys: ['L'], label: 'launch', act: true, footer: true, disabledReason: needsPresent },
  {
    id: 'bid',
    keys: ['B'],
    label: 'bid',
    places: ['market'],
    act: true,
    footer: true,
    disabledReason: needsTarget('pool'),
  },
  {
    id: 'checkpoint',
    keys: ['C'],
    label: 'checkpoint',
    places: ['jobs', 'workers'],
    act: true,
    footer: true,
    disabledReason: needsTarget('row'),
  },
  {
    id: 'kill',
    keys: ['K'],
    label: 'kill',
    places: ['jobs', 'workers'],
    act: true,
    footer: true,
    disabledReason: needsTarget('row'),
  },
  {
    id: 'drain',
    keys: ['D'],
    label: 'drain',
    places: ['workers'],
    act: true,
    footer: 'seldom',
    disabledReason: needsTarget('worker'),
  },
  {
    id: 'retry',
    keys: ['R'],
    label: 'retry',
    places: ['overview', 'jobs'],
    act: true,
    footer: 'seldom',
    disabledReason: needsEnded,
  },
  { id: 'roll', keys: ['R'], label: 'roll to the bid', places: ['market'], act: true, disabledReason: needsTarget('pool') }, // prettier-ignore
  { id: 'hold', keys: ['H'], label: 'hold or release', places: ['jobs'], act: true, disabledReason: needsHoldable },
  { id: 'terminate', keys: ['T'], label: 'terminate', places: ['workers'], act: true, disabledReason: needsTarget('worker') }, // prettier-ignore
  {
    id: 'acknowledge',
    keys: ['A'],
    label: 'acknowledge',
    places: ['incidents'],
    act: true,
    footer: true,
    disabledReason: ({ hasTarget }) => (hasTarget ? undefined : 'nothing under the cursor'),
  },
  {
    id: 'urgency',
    keys: ['P'],
    label: 'priority, deadline',
    places: ['jobs'],
    act: true,
    disabledReason: needsUnfinished,
  },
  { id: 'shell', keys: ['S'], label: 'shell', places: ['workers'], act: true, disabledReason: needsTarget('worker') },
  { id: 'undo', keys: ['U'], label: 'undo', act: true, disabledReason: needsUndoable },
  { id: 'master', keys: ['M'], label: 'start a master', act: true, disabledReason: needsNoMaster },
]);

/** Why a console may not act at all; undefined when it may. */
export function needsPresent({ acts, whyReadOnly, isPaused, shown }: KeyContext): string | undefined {
  if (!acts) return whyReadOnly ?? 'this console is read-only; start it without --read-only to act';
  return isPaused ? `paused: ${shown('z')} goes on` : undefined;
}

function needsTarget(what: string): (context: KeyContext) => string | undefined {
  return (context) => needsPresent(context) ?? (context.hasTarget ? undefined : `no ${what} under the cursor`);
}

function needsHoldable(context: KeyContext): string | undefined {
  const why = needsTarget('job')(context);
  return why ?? (context.holds === undefined ? 'only a job that waits or runs can be held' : undefined);
}

function needsEnded(context: KeyContext): string | undefined {
  if (context.place === 'overview') return needsPresent(context) ?? (context.retries ? undefined : 'no job has failed');
  const why = needsTarget('job')(context);
  return why ?? (context.retries ? undefined : 'only a job that failed or was killed can be retried');
}

function needsUnfinished(context: KeyContext): string | undefined {
  const why = needsTarget('job')(context);
  return why ?? (context.hurries ? undefined : 'it has ended: there is nothing to hurry');
}

/** Of what is held back anywhere; of a bid where bids are seen. */
function needsUndoable(context: KeyContext): string | undefined {
  if (context.held > 0) return undefined;
  if (context.place !== 'overview' && context.place !== 'market') return 'nothing waits to be undone; a bid is undone on Overview and Market'; // prettier-ignore
  return needsPresent(context);
}

function needsNoMaster(context: KeyContext): string | undefined {
  if (context.leader !== '') return `${context.leader} leads already`;
  return needsPresent(context) ?? (context.startsMaster ? undefined : 'not from here; run: cbas master');
}
