import { missingSentence } from '../decide/read-only.ts';
import { type Calls, faultSharePct } from '../model/calls.ts';
import { SOURCES } from '../model/event.ts';
import { describeFault } from '../model/fault.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { AWS_TIMINGS } from '../model/timings.ts';
import type { DurationMs, EpochMs } from '../model/units.ts';
import { serviceTroubles } from './calls.ts';
import { deniedOf, deniedSentence } from './denied.ts';
import { staleSources } from './stale.ts';

/** One thing that this console can check by itself. */
export interface Check {
  readonly id: string;
  readonly area: 'source' | 'calls' | 'queue' | 'messages' | 'leader' | 'console';
  readonly name: string;
  /** unknown = nothing can be said: it has not answered yet, or nobody told. */
  readonly state: 'ok' | 'attention' | 'broken' | 'unknown';
  /** Since it was last heard of; undefined where that means nothing. */
  readonly ageMs: DurationMs | undefined;
  readonly note: string;
}

/** Sources, calls, queues, unknown messages and the leader's pulse; what is wrong stands where it always stands. */
export function checksOf(snapshot: Snapshot, now: EpochMs): readonly Check[] {
  return [
    ...sourceChecks(snapshot, now),
    ...onDemandChecks(snapshot),
    ...callChecks(snapshot, now),
    ...queueChecks(snapshot),
    ...messageChecks(snapshot, now),
    ...pushChecks(snapshot, now),
    leaderCheck(snapshot, now),
    ...rightsChecks(snapshot),
  ];
}

/** What only the leader reads: a console has no news of them, and needs none. */
const OF_THE_LEADER: ReadonlySet<string> = new Set(['instances', 'events', 'pings']);

function sourceChecks(snapshot: Snapshot, now: EpochMs): readonly Check[] {
  const stale = new Set(staleSources(snapshot, now).map(({ source }) => source));
  return SOURCES.flatMap((source): readonly Check[] => {
    const health = snapshot.sources[source];
    if (health === undefined && OF_THE_LEADER.has(source)) return [];
    const ageMs = health === undefined || health.observedAt === 0 ? undefined : now - health.observedAt;
    const base = { id: `source:${source}`, area: 'source' as const, name: source, ageMs };
    if (health === undefined) return [{ ...base, state: 'unknown', note: 'has not answered yet' }];
    const denied = deniedOf(snapshot, source);
    if (denied !== undefined) return [{ ...base, state: 'broken', note: deniedSentence(denied) }];
    if (health.fault !== undefined) {
      const again = health.retryAt > now ? `; again in ${Math.ceil((health.retryAt - now) / 1_000)} s` : '';
      return [
        { ...base, state: 'broken', note: `${describeFault(health.fault)}, ${health.failures} in a row${again}` },
      ];
    }
    return [{ ...base, state: stale.has(source) ? 'attention' : 'ok', note: stale.has(source) ? 'late' : '' }];
  });
}

/** Only where one is missing: jobs that would be rescued on on-demand there cannot be. */
function onDemandChecks({ types }: Snapshot): readonly Check[] {
  const unknown = Object.values(types).filter(({ onDemandUsdPerHour }) => onDemandUsdPerHour === 0);
  if (unknown.length === 0) return [];
  const note = `not known of ${unknown.map(({ type }) => type).join(', ')}: no job is rescued on on-demand there`;
  return [{ id: 'on-demand', area: 'source', name: 'on-demand price', state: 'attention', ageMs: undefined, note }];
}

/** Only where one is missing: whoever may act is not told so. */
function rightsChecks(snapshot: Snapshot): readonly Check[] {
  const missing = missingSentence(snapshot);
  if (missing === undefined) return [];
  return [{ id: 'rights', area: 'console', name: 'read-only', state: 'attention', ageMs: undefined, note: missing }];
}

function callChecks(snapshot: Snapshot, now: EpochMs): readonly Check[] {
  const troubles = serviceTroubles(snapshot, now);
  const of = (calls: Calls, who: 'us' | 'leader'): readonly Check[] =>
    Object.entries(calls).map(([service, figures]) => {
      const trouble = troubles.find((one) => one.service === service && one.who === who);
      const { recent, p50Ms, p95Ms, throttles, retries, refused, circuit, answeredAt } = figures;
      const share = faultSharePct(figures);
      const parts = [
        `${recent.calls} calls/min`,
        p95Ms === 0 ? '' : `p50 ${p50Ms} ms, p95 ${p95Ms} ms`,
        share === undefined || share === 0 ? '' : `${Math.round(share)}% fail`,
        `${throttles} throttled`,
        retries === 0 ? '' : `${retries} tried again`,
        refused === 0 ? '' : `${refused} not sent`,
        circuit.state === 'closed' ? '' : `circuit ${circuit.state}`,
      ];
      return {
        id: `calls:${who}:${service}`,
        area: 'calls',
        name: who === 'us' ? service : `leader's ${service}`,
        state: trouble === undefined ? 'ok' : trouble.kind === 'away' ? 'broken' : 'attention',
        ageMs: answeredAt === 0 ? undefined : now - answeredAt,
        note: parts.filter(Boolean).join(', '),
      };
    });
  return [...of(snapshot.calls, 'us'), ...of(snapshot.pulse?.calls ?? {}, 'leader')];
}

function queueChecks({ pulse }: Snapshot): readonly Check[] {
  if (pulse === undefined) return [{ id: 'queue:', area: 'queue', name: 'all', state: 'unknown', ageMs: undefined, note: 'no leader has told' }]; // prettier-ignore
  return Object.entries(pulse.queueDepths).map(([queue, depth]): Check => {
    const isDead = queue.endsWith('-dead');
    const waits = depth === 1 ? '1 message waits' : `${depth} messages wait`;
    return {
      id: `queue:${queue}`,
      area: 'queue',
      name: queue,
      state: isDead && depth > 0 ? 'attention' : 'ok',
      ageMs: undefined,
      note: isDead && depth > 0 ? `${depth} dead; see: cbas deadletters` : waits,
    };
  });
}

function messageChecks({ pulse, unknownMessages }: Snapshot, now: EpochMs): readonly Check[] {
  const { count, what, source, at } = pulse?.unknown ?? unknownMessages;
  const note = count === 0 ? 'none' : `${count}; newest on ${source}: ${what}`;
  return [{ id: 'messages', area: 'messages', name: 'unknown', state: count === 0 ? 'ok' : 'attention', ageMs: at === 0 ? undefined : now - at, note }]; // prettier-ignore
}

/** Messages that came to the leader's push endpoint: what was refused is somebody's mistake, or somebody's try. */
function pushChecks({ pulse, push = pulse?.push }: Snapshot, now: EpochMs): readonly Check[] {
  if (push === undefined) return [];
  const { accepted, refused, newest, confirmed, pending } = push;
  const reasons = Object.entries(refused).sort(([, a], [, b]) => b - a);
  const sum = reasons.reduce((total, [, count]) => total + count, 0);
  const told = reasons.map(([reason, count]) => `${count} ${reason}`).join(', ');
  const note = [
    `${accepted} taken`,
    sum === 0 ? 'none refused' : `${sum} refused: ${told}; newest ${newest.reason}: ${newest.detail}`,
    pending === 0 ? '' : `${pending} of ${confirmed + pending} topics not confirmed`,
  ];
  return [
    {
      id: 'push',
      area: 'messages',
      name: 'pushed',
      state: sum > 0 || pending > 0 ? 'attention' : 'ok',
      ageMs: newest.at === 0 ? undefined : now - newest.at,
      note: note.filter(Boolean).join('; '),
    },
  ];
}

/** A pulse from the future, or late while the lease is renewed, says that two clocks differ. */
function leaderCheck({ pulse, leader, deployment }: Snapshot, now: EpochMs): Check {
  const base = { id: 'leader', area: 'leader' as const, name: 'pulse' };
  if (pulse === undefined) return { ...base, state: 'unknown', ageMs: undefined, note: 'no leader has told' };
  const { pulseMs, skewMarginMs } = deployment?.timings ?? AWS_TIMINGS;
  const ageMs = now - pulse.at;
  const ahead = pulse.at - now;
  if (ahead > skewMarginMs)
    return { ...base, state: 'attention', ageMs, note: `${leader?.id ?? pulse.leaderId}'s clock is ${Math.round(ahead / 1_000)} s ahead of this one` }; // prettier-ignore
  const isLate = ageMs > 3 * pulseMs + skewMarginMs;
  return {
    ...base,
    state: isLate ? 'attention' : 'ok',
    ageMs,
    note: isLate ? 'late' : 'the clocks agree within the margin',
  };
}
