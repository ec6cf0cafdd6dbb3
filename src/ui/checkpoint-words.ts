import type { CheckpointPace, CheckpointPointer } from '../engine/model/checkpoint.ts';
import type { EpochMs } from '../engine/model/units.ts';
import * as format from './format.ts';

/** A run numbers its checkpoints by a million of its epoch: 2000003 is the third of run 2. */
const PER_EPOCH = 1_000_000;

/** "3 of run 2". */
export function generationWords(generation: number): string {
  return `${generation % PER_EPOCH} of run ${Math.floor(generation / PER_EPOCH)}`;
}

/** Earlier versions wrote the number of a checkpoint into the reason: said as its time and the work that it holds, where it still stands. */
export function withoutNumbers(text: string, checkpoint: CheckpointPointer | undefined, now: EpochMs): string {
  return text.replace(/\bcheckpoint (\d{7,})\b/g, (_, number: string) => {
    const generation = Number(number);
    if (checkpoint?.generation !== generation) return `checkpoint ${generationWords(generation)}`;
    return `its checkpoint of ${format.clockMinute(checkpoint.at)} (${format.duration(now - checkpoint.at)} ago), ${format.duration(checkpoint.workMs)} of work done`;
  });
}

const BOUND_WORDS: Readonly<Record<CheckpointPace['bound'], string>> = {
  none: '',
  first: ', for it was not measured yet',
  shortest: ', no more often than is set',
  longest: ', no more seldom than is set',
  stop: ', for it may stand still for a twentieth of its time',
  upload: ', for an upload may take half of the time',
  notice: ', for it does not fit into a notice',
};

/** "2 min 10 s   advised: a stop of 0.4 s, 1 interruption in 6 h, 10% of them lose work" */
export function paceWords({ everyMs, advisedMs, bound, stopMs, meanMs, lossShare }: CheckpointPace): string {
  const asked = everyMs === advisedMs ? 'as advised' : `as its document says; advised is ${format.duration(advisedMs)}`;
  const stop = stopMs === 0 ? 'its stop is not measured' : `a stop of ${(stopMs / 1_000).toFixed(1)} s`;
  const taken = meanMs === 0 ? 'nobody takes it back' : `1 interruption in ${format.duration(meanMs)}, ${format.percent(lossShare * 100)} of them lose work`;
  return `${format.duration(everyMs)}, ${asked}${bound === 'none' ? '' : BOUND_WORDS[bound]}   ${stop}, ${taken}`;
} // prettier-ignore
