import { ownerSetting } from '../model/deployment.ts';
import { JOB } from '../model/job-columns.ts';
import { type JobRow, turnOf } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { laneOf, stepUs, virtualTime } from '../protocol/turns.ts';

/** As many of a lane as its virtual time is read from: as a submission reads them of the index. */
const HEADS = 10;

interface Lane {
  /** Of those in the ready index. */
  readonly turns: number[];
  virtualUs: number | undefined;
  /** By owner: the turn of his last one. */
  readonly lastUs: Map<string, number>;
}

/**
 * Turns for jobs that come into the ready index long after they were submitted: let in under a quota, or when those that they waited
 * for have succeeded. With their old turns they would all go before everybody who came meanwhile. Worked out from the snapshot when it is
 * first asked for; each turn that is given is remembered, so that the next one of the same owner comes a step later.
 */
export function newTurns(snapshot: Snapshot): (job: JobRow) => number {
  let lanes: Map<string, Lane> | undefined;
  return (job) => {
    lanes ??= lanesOf(snapshot);
    const lane = laneAt(lanes, laneOf(job));
    lane.virtualUs ??= virtualTime([...Float64Array.from(lane.turns).sort().subarray(0, HEADS)]) ?? 0;
    const { weight } = ownerSetting(snapshot.settings, job.owner);
    const last = lane.lastUs.get(job.owner);
    const nextUs = last === undefined ? 0 : last + stepUs(weight);
    // One whose turn is still to come keeps it.
    const turn = Math.max(turnOf(job), lane.virtualUs, nextUs);
    lane.lastUs.set(job.owner, turn);
    return turn;
  };
}

function lanesOf({ jobs }: Snapshot): Map<string, Lane> {
  const lanes = new Map<string, Lane>();
  const [stateOf, notBeforeOf, ownerOf, checkpointOf] = [jobs.column(JOB.state), jobs.column(JOB.notBefore), jobs.column(JOB.owner), jobs.column(JOB.checkpoint)]; // prettier-ignore
  const [queueOf, priorityOf, turnAt, submittedAt] = [jobs.column(JOB.queue), jobs.column(JOB.priority), jobs.column(JOB.turn), jobs.column(JOB.submittedAt)]; // prettier-ignore
  for (let at = 0; at < jobs.length; at++) {
    if (stateOf(at) !== 'RUNNABLE' || notBeforeOf(at) > 0 || checkpointOf(at) !== undefined) continue;
    const lane = laneAt(lanes, laneOf({ queue: queueOf(at), priority: priorityOf(at) }));
    const turn = turnOf({ turn: turnAt(at), submittedAt: submittedAt(at) });
    lane.turns.push(turn);
    const owner = ownerOf(at);
    lane.lastUs.set(owner, Math.max(lane.lastUs.get(owner) ?? 0, turn));
  }
  return lanes;
}

function laneAt(lanes: Map<string, Lane>, name: string): Lane {
  let lane = lanes.get(name);
  if (lane === undefined)
    lanes.set(name, (lane = { turns: [], virtualUs: undefined, lastUs: new Map<string, number>() }));
  return lane;
}
