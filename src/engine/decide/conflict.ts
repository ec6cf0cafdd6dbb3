import type { ConditionalWrite, PlanStep, StepTarget } from '../model/command.ts';
import type { Item } from '../model/ports.ts';
import type { EpochMs } from '../model/units.ts';
import { intentOf } from '../protocol/intent-item.ts';
import { jobRowOf } from '../protocol/job-item.ts';
import { settingsOf } from '../protocol/misc-item.ts';
import { workerRowOf } from '../protocol/worker-item.ts';
import { spanWords } from './deadline-outlook.ts';

/** What has changed since the plan was made, for a person: from the item as it is now and what the plan saw of it. */
export function describeConflict(
  { targets = [] }: Pick<PlanStep, 'targets'>,
  table: ConditionalWrite['table'],
  now: { readonly item: Item | undefined; readonly at: EpochMs },
): string {
  const { item, at } = now;
  if (item === undefined) return 'it is not there any more';
  const [seen] = targets;
  switch (table) {
    case 'jobs':
      return jobChange(item, seen, at);
    case 'workers':
      return workerChange(item, seen, at);
    case 'intents': {
      const intent = intentOf(item);
      if (intent === undefined) return CHANGED;
      const outcome = intent.outcome === '' ? '' : `: ${intent.outcome}`;
      return `${intent.by} asked the same ${spanWords(at - intent.createdAt)} ago, and it is ${intent.state}${outcome}`;
    }
    case 'misc': {
      const { changedBy, changedAt, rev } = settingsOf(item);
      const was = seen === undefined ? '' : ` (${seen.state} was seen at rev ${seen.rev})`;
      return `${changedBy || 'somebody'} changed the settings ${spanWords(at - changedAt)} ago: rev ${rev} by now${was}`;
    }
    case 'events':
      return CHANGED;
  }
}

const CHANGED = 'it has changed since it was shown; look again';

function jobChange(item: Item, seen: StepTarget | undefined, at: EpochMs): string {
  const row = jobRowOf(item);
  if (row === undefined || seen === undefined) return CHANGED;
  if (row.state !== seen.state) return `it was ${seen.state} and is ${row.state} by now: ${row.reason.detail}`;
  const { hold } = row.desired;
  if (hold !== undefined) return `${hold.by} asked for it to be held ${spanWords(at - hold.at)} ago`;
  return `it has changed since it was shown: run ${row.epoch}, rev ${row.rev} (${seen.rev} was shown); look again`;
}

function workerChange(item: Item, seen: StepTarget | undefined, at: EpochMs): string {
  const row = workerRowOf(item);
  if (row === undefined || seen === undefined) return CHANGED;
  if (row.drain !== undefined) return `${row.drain.by} drained it ${spanWords(at - row.drain.at)} ago`;
  if (row.state !== seen.state) return `it was ${seen.state} and is ${row.state} by now`;
  return `it has changed since it was shown: rev ${row.rev} (${seen.rev} was shown); look again`;
}
