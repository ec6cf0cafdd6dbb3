import type { CheckpointPointer } from '../engine/model/job.ts';
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
