import type { RunState } from '../../../src/engine/decide/checkpoint-policy.ts';
import { mustGoOnDemand } from '../../../src/engine/decide/safety-net.ts';
import { priceAt, slice } from '../../../src/engine/market/price-series.ts';
import type { ReplayOutcome, ReplaySetup } from '../../../src/engine/sim/replay.ts';

const MIN = 60_000;
const H = 3_600_000;

/**
 * The same job told minute by minute, for tests and as the measure of what the fast replay gains. Prices change, and all times
 * are, on whole minutes; so every event falls on a step. Policies are asked every minute, which must change nothing.
 */
export function naiveReplay(setup: ReplaySetup, startMs: number): ReplayOutcome {
  const { series, untilMs, bidUsdPerHour, policy, workMs, checkpointMs, restartMs, deadlineMs, billing } = setup;
  const out: ReplayOutcome = { costUsd: 0, makespanMs: untilMs - startMs, interruptions: 0, checkpoints: 0, lostMs: 0, onDemandMs: 0, finished: false, missed: true }; // prettier-ignore
  const deadlineAtMs = startMs + deadlineMs;
  const priced = (at: number): number => priceAt(series, at) ?? Infinity;
  /** Index of the price in force. */
  const pointAt = (at: number): number => slice(series, series.atMs[0]!, at + 1).atMs.length - 1;
  const up = (at: number): boolean => priced(at) <= bidUsdPerHour;
  let savedMs = 0;
  let life: { startMs: number; workFromMs: number; unsavedMs: number; savingUntilMs: number } | undefined;

  const bill = (from: number, to: number, endedBy: 'ec2' | 'user'): void => {
    const fromPoint = pointAt(from);
    out.costUsd += billing.spotUsd(series, { startMs: from, endMs: to, endedBy, fromPoint });
  };
  const end = (at: number): ReplayOutcome => {
    out.finished = true;
    out.makespanMs = at - startMs;
    out.missed = out.makespanMs > deadlineMs;
    return out;
  };
  const onDemand = (at: number): ReplayOutcome => {
    out.onDemandMs = restartMs + workMs - savedMs;
    out.costUsd += billing.onDemandUsd(setup.onDemandUsdPerHour!, out.onDemandMs);
    return end(at + out.onDemandMs);
  };
  // The rule is strict; an instant at which it is about to hold is the moment to act.
  const mustLeave = (at: number, everyMs: number): boolean =>
    setup.onDemandUsdPerHour !== undefined &&
    mustGoOnDemand({ workH: (workMs - savedMs) / H, timeH: (deadlineAtMs - at - 0.5) / H, changeoverH: restartMs / H, everyH: everyMs / H }); // prettier-ignore

  for (let at = startMs; at < untilMs; at += MIN) {
    if (life !== undefined && life.savingUntilMs === at) {
      savedMs += life.unsavedMs;
      life.unsavedMs = 0;
      out.checkpoints++;
    }
    const working = life !== undefined && at >= life.workFromMs && at >= life.savingUntilMs;
    if (life !== undefined && working && savedMs + life.unsavedMs >= workMs) {
      bill(life.startMs, at, 'user');
      return end(at);
    }
    if (life !== undefined && !up(at)) {
      bill(life.startMs, at, 'ec2');
      out.interruptions++;
      out.lostMs += life.unsavedMs;
      life = undefined;
    }
    if (life === undefined) {
      if (mustLeave(at, 0)) return onDemand(at);
      if (up(at)) life = { startMs: at, workFromMs: at + (out.interruptions > 0 ? restartMs : 0), unsavedMs: 0, savingUntilMs: -Infinity }; // prettier-ignore
    }
    if (life === undefined || at < life.workFromMs || at < life.savingUntilMs) continue;
    const forced = mustLeave(at, checkpointMs);
    if (forced && life.unsavedMs <= checkpointMs) {
      bill(life.startMs, at, 'user');
      out.lostMs += life.unsavedMs;
      return onDemand(at);
    }
    if (forced || (life.unsavedMs > 0 && policy.nextAtMs(stateOf(at)) <= at)) life.savingUntilMs = at + checkpointMs;
    else life.unsavedMs += MIN;
  }
  if (life !== undefined) bill(life.startMs, untilMs, 'user');
  return out;

  function stateOf(at: number): RunState {
    const point = pointAt(at);
    const now = life!;
    let killMs = at;
    while (policy.noticeMs > 0 && killMs < untilMs && up(killMs)) killMs += MIN;
    // A policy that reads prices at the start of a life has seen no change before it.
    const known = series.atMs[point]! > now.startMs;
    return {
      nowMs: at,
      instanceStartMs: now.startMs,
      upSinceMs: now.startMs,
      unsavedMs: now.unsavedMs,
      workLeftMs: workMs - savedMs - now.unsavedMs,
      usdPerHour: priced(at),
      previousUsdPerHour: known ? series.usdPerHour[point - 1]! : priced(at),
      priceSinceMs: series.atMs[point]!,
      killAtMs: policy.noticeMs > 0 && killMs - policy.noticeMs <= at ? killMs : Infinity,
    };
  }
}
