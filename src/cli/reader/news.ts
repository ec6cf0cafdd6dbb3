import type { Snapshot } from '../../engine/model/snapshot.ts';
import type { EpochMs } from '../../engine/model/units.ts';
import { needsOf } from '../../engine/select/needs.ts';

/** Longer lists of what has happened meanwhile are counted. */
const TOLD_MAX = 5;

/**
 * What has changed since it was told last: things that need somebody now, things that no longer do, and what the deployment tells of itself. An age
 * that grows and a bar that moves are no news.
 */
export class News {
  #needs = new Set<string>();
  #toldAt: EpochMs = 0;

  /** Takes all of this as known. */
  skip(snapshot: Snapshot, now: EpochMs): void {
    this.#needs = new Set(needsOf(snapshot, now).map(({ sentence }) => sentence));
    this.#toldAt = newest(snapshot, this.#toldAt);
  }

  /** One line a piece of news; none when there is none. */
  since(snapshot: Snapshot, now: EpochMs): readonly string[] {
    const needs = needsOf(snapshot, now).map(({ sentence }) => sentence);
    const fresh = needs.filter((sentence) => !this.#needs.has(sentence)).map((sentence) => `needs you: ${sentence}`);
    const over = [...this.#needs].filter((sentence) => !needs.includes(sentence)).map((sentence) => `no longer: ${sentence}`);
    const told = snapshot.notables.filter(({ at }) => at > this.#toldAt).map(({ sentence }) => `news: ${sentence}`);
    this.skip(snapshot, now);
    const left = told.length - TOLD_MAX;
    return [...fresh, ...over, ...(left > 0 ? [`news: ${left} earlier things`] : []), ...told.slice(-TOLD_MAX)];
  } // prettier-ignore
}

function newest({ notables }: Snapshot, before: EpochMs): EpochMs {
  return notables.reduce((latest, { at }) => Math.max(latest, at), before);
}
