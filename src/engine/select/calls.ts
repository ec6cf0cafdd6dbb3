import { type CallFigures, type Calls, faultSharePct, isServiceAway } from '../model/calls.ts';
import type { FaultKind } from '../model/fault.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { AWS_TIMINGS } from '../model/timings.ts';
import type { DurationMs, EpochMs, Pct } from '../model/units.ts';

/** From this share of failed calls on, somebody should know: retries hide less than that. */
const FAULT_SHARE_SHOWN_PCT = 20;
/** A pulse may be this many periods old; after that the leader's figures say nothing about now. */
const PULSES_MISSED = 3;

/** A service that is in trouble, as one process meets it. */
export interface ServiceTrouble {
  readonly service: string;
  readonly who: 'us' | 'leader';
  /** Not answering, or answering with too many faults. */
  readonly kind: 'away' | 'failing';
  /** When it last answered; 0 = it never did. */
  readonly answeredAt: EpochMs;
  readonly faultSharePct: Pct;
  /** The kind of fault that is most frequent since the process began. */
  readonly mostly: FaultKind | undefined;
}

/** Services in trouble: this process's own, and the leader's where its pulse is fresh. */
export function serviceTroubles(snapshot: Snapshot, now: EpochMs): readonly ServiceTrouble[] {
  const { pulse, deployment } = snapshot;
  const pulseMs = (deployment?.timings ?? AWS_TIMINGS).pulseMs;
  const isFresh = pulse !== undefined && now - pulse.at <= PULSES_MISSED * pulseMs;
  return [...troublesOf(snapshot.calls, 'us'), ...(isFresh ? troublesOf(pulse.calls, 'leader') : [])];
}

function troublesOf(calls: Calls, who: ServiceTrouble['who']): readonly ServiceTrouble[] {
  return Object.entries(calls).flatMap(([service, figures]): readonly ServiceTrouble[] => {
    const share = faultSharePct(figures) ?? 0;
    const isAway = isServiceAway(figures);
    if (!isAway && share < FAULT_SHARE_SHOWN_PCT) return [];
    const kind = isAway ? 'away' : 'failing';
    const { answeredAt } = figures;
    return [{ service, who, kind, answeredAt, faultSharePct: share, mostly: mostFrequent(figures) }];
  });
}

function mostFrequent({ faults }: CallFigures): FaultKind | undefined {
  const counts = Object.entries(faults) as readonly (readonly [FaultKind, number])[];
  return counts.toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

export interface CallSums {
  /** Of the last minute. */
  readonly calls: number;
  /** Of the slowest service. */
  readonly p95Ms: DurationMs;
}

export function callSums(calls: Calls): CallSums {
  const all = Object.values(calls);
  return {
    calls: all.reduce((sum, { recent }) => sum + recent.calls, 0),
    p95Ms: Math.max(0, ...all.map(({ p95Ms }) => p95Ms)),
  };
}
