import type { JobState } from '../engine/model/job.ts';
import type { Glyphs, Tone } from './theme.ts';

/** How a state is shown: one glyph, one word, one tone, everywhere the same. */
export interface StateLook {
  readonly glyph: keyof Pick<
    Glyphs,
    'running' | 'starting' | 'leaving' | 'waiting' | 'held' | 'done' | 'failed' | 'lost'
  >;
  readonly word: string;
  readonly tone: Tone;
}

export const JOB_LOOKS: Readonly<Record<JobState, StateLook>> = {
  BLOCKED: { glyph: 'held', word: 'blocked', tone: 'plain' },
  RUNNABLE: { glyph: 'waiting', word: 'runnable', tone: 'plain' },
  HELD: { glyph: 'held', word: 'held', tone: 'plain' },
  STARTING: { glyph: 'starting', word: 'starting', tone: 'plain' },
  RUNNING: { glyph: 'running', word: 'running', tone: 'plain' },
  INTERRUPTING: { glyph: 'leaving', word: 'leaving', tone: 'attention' },
  SUCCEEDED: { glyph: 'done', word: 'done', tone: 'dim' },
  FAILED: { glyph: 'failed', word: 'failed', tone: 'broken' },
  KILLED: { glyph: 'lost', word: 'killed', tone: 'dim' },
};

export function jobState(glyphs: Glyphs, state: JobState): string {
  const look = JOB_LOOKS[state];
  return `${glyphs[look.glyph]} ${look.word}`;
}
