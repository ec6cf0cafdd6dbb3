import { isTerminalIntent } from '../decide/intents.ts';
import type { Intent } from '../model/command.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EpochMs } from '../model/units.ts';
import { intentWords } from './capacity.ts';

/** One act, and what came of it. */
export interface ActLine {
  readonly id: string;
  readonly at: EpochMs;
  /** The operator, or the leader that decided it; empty when that is not known. */
  readonly who: string;
  /** Where he sat; empty when that is not known. */
  readonly from: string;
  readonly what: string;
  readonly state: 'open' | 'done' | 'failed' | 'refused';
  readonly outcome: string;
  /** Worker, job or pool that it is about; empty when there is none. */
  readonly about: string;
}

const STATES: Readonly<Record<Intent['state'], ActLine['state']>> = {
  OPEN: 'open',
  STARTED: 'open',
  DONE: 'done',
  FAILED: 'failed',
  REFUSED: 'refused',
};

const known = new WeakMap<Snapshot, readonly ActLine[]>();

/** Acts that this process has seen, the newest first: intents, what operators set, and the plans that were confirmed here. */
export function actLines(snapshot: Snapshot): readonly ActLine[] {
  let lines = known.get(snapshot);
  if (lines === undefined) {
    lines = [...[...snapshot.intents].map(intentLine), ...toldLines(snapshot)].sort((a, b) => b.at - a.at);
    known.set(snapshot, lines);
  }
  return lines;
}

function intentLine({ id, by, from, createdAt, action, state, outcome }: Intent): ActLine {
  const about = action.verb === 'launch' ? (action.pool ?? '') : (action.workerIds[0] ?? '');
  const waits = state === 'OPEN' ? 'waits for the leader' : 'asked of EC2';
  return {
    id,
    at: createdAt,
    who: by,
    from,
    what: intentWords(action),
    state: STATES[state],
    outcome: isTerminalIntent(state) ? outcome : waits,
    about,
  };
}

/** What the notes tell of acts: settings say by whom; of a plan that was confirmed here it is us. */
function toldLines({ notables }: Snapshot): readonly ActLine[] {
  return notables.flatMap((line): readonly ActLine[] => {
    const isPlan = line.group.startsWith('plan:');
    if (line.level !== 'act' && !isPlan) return [];
    const [, by, what] = /^([^:]{1,40}): (.*)$/s.exec(line.sentence) ?? [];
    const isSetting = !isPlan && by !== undefined;
    return [
      {
        id: `${line.group}@${line.since ?? line.at}`,
        at: line.at,
        who: isSetting ? by : isPlan ? 'this console' : '',
        from: '',
        what: isSetting ? (what ?? '') : line.sentence,
        state: line.level === 'attention' ? 'failed' : 'done',
        outcome: '',
        about: line.about?.[0] ?? '',
      },
    ];
  });
}
