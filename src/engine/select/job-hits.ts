import { CHUNK_ROWS } from '../model/chunk.ts';
import { JOB } from '../model/job-columns.ts';
import type { JobRow } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';
import { fuzzyScore } from './fuzzy.ts';

/** A job that answers what was typed. */
export interface JobHit {
  readonly position: number;
  readonly score: number;
}

/** More than these nobody reads in a list that is being typed at. */
const HITS_MAX = 50;
/** Pieces of an id shorter than this are in thousands of them. */
const ID_PART_MIN = 4;
/** Chunks looked through within the frame that asks. */
const CHUNKS_AT_ONCE = 24;

interface Search {
  readonly jobs: Rows<JobRow>;
  readonly typed: string;
  readonly hits: JobHit[];
  chunk: number;
}

/** The newest words: what they found stays while rows change, for a job keeps its name. */
let current: Search | undefined;

/** The best of the jobs whose name or id answers, as far as they are looked through; `hitsOn` goes on. */
export function jobHits(jobs: Rows<JobRow>, text: string): readonly JobHit[] {
  const typed = text.toLowerCase();
  if (current?.typed !== typed || current.jobs.length > jobs.length || current.jobs.length * 2 < jobs.length) {
    current = { jobs, typed, hits: [], chunk: typed === '' ? jobs.chunks.length : 0 };
    for (let count = 0; count < CHUNKS_AT_ONCE && hitsOn(); count++);
  }
  return current.hits;
}

/** Looks through a chunk; false when it was the last. */
export function hitsOn(): boolean {
  if (current === undefined || !isHitting()) return false;
  const { jobs, typed, hits, chunk: number } = current;
  const chunk = jobs.chunks[number]!;
  const from = number * CHUNK_ROWS;
  const nameOf = chunk.reader(JOB.name);
  const ids = new Uint8Array(chunk.length);
  if (typed.length >= ID_PART_MIN) jobs.markIds(typed, ids, from);
  for (let slot = 0; slot < chunk.length; slot++) {
    const score = Math.max(fuzzyScore(nameOf(slot).toLowerCase(), typed), ids[slot] === 1 ? 300 : 0);
    if (score > 0) keep(hits, { position: from + slot, score });
  }
  current.chunk += 1;
  return isHitting();
}

export function isHitting(): boolean {
  return current !== undefined && current.chunk < current.jobs.chunks.length;
}

/** In order of their scores, the first found first among equals. */
function keep(hits: JobHit[], hit: JobHit): void {
  if (hits.length === HITS_MAX && hits[HITS_MAX - 1]!.score >= hit.score) return;
  let at = hits.length;
  while (at > 0 && hits[at - 1]!.score < hit.score) at--;
  hits.splice(at, 0, hit);
  if (hits.length > HITS_MAX) hits.pop();
}
