import { SOURCES, type Source } from '../model/event.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { AWS_TIMINGS } from '../model/timings.ts';
import { SECOND_MS, type DurationMs, type EpochMs } from '../model/units.ts';

export interface StaleSource {
  readonly source: Source;
  /** Since it last answered. */
  readonly ageMs: DurationMs;
}

/** A source may miss this many polls, and a slow answer, before its values are called old. */
const POLLS_MISSED = 3;
const GRACE_MS = 5 * SECOND_MS;

/** Sources that last answered too long ago, the oldest first. Those that never answered are still starting, or not ours. */
export function staleSources(snapshot: Snapshot, now: EpochMs): readonly StaleSource[] {
  const timings = snapshot.deployment?.timings ?? AWS_TIMINGS;
  const periodMs: Partial<Record<Source, DurationMs>> = {
    prices: timings.pricePollMs,
    instances: timings.reconcileMs,
    pings: timings.pingMs,
  };
  return SOURCES.flatMap((source) => {
    const health = snapshot.sources[source];
    if (health === undefined || health.observedAt === 0) return [];
    const ageMs = now - health.observedAt;
    const allowedMs = POLLS_MISSED * (periodMs[source] ?? timings.pulseMs) + GRACE_MS;
    return ageMs > allowedMs ? [{ source, ageMs }] : [];
  }).sort((a, b) => b.ageMs - a.ageMs);
}
