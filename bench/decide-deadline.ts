import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { compute } from '../src/cli/compute.ts';
import type { DeadlinePolicyName } from '../src/engine/decide/deadline-policies.ts';
import type { AvailabilityTrace } from '../src/engine/market/availability.ts';
import { parseTraces } from '../src/engine/market/parse-traces.ts';
import { seededRng } from '../src/engine/model/rng.ts';
import type { DeadlineJob } from '../src/engine/sim/deadline-replay.ts';
import { drawStarts } from '../src/engine/sim/deadline-trials.ts';
import { summarize } from '../src/engine/sim/deadline-summary.ts';

/** A cell: a deadline and a changeover on a set of traces; cost in % of on-demand, misses of all policies together. */
export interface DeadlineBenchRow {
  readonly set: string;
  readonly deadlineH: number;
  readonly changeoverH: number;
  readonly greedyPct: number;
  readonly upPct: number;
  readonly oursPct: number;
  readonly optPct: number;
  readonly misses: number;
}

const SYNTHETIC = 'synthetic';
const WORK_H = 48;
const DEADLINES_H = [52, 60, 70];
const CHANGEOVERS_H = [0.05, 0.2];
const PRICES = { onDemandUsdPerHour: 3.06, spotUsdPerHour: 0.9731 };
/** As in the published comparison: 8 traces, 240 jobs a cell. The synthetic set needs fewer to show an ordering. */
const STARTS = 30;
const SYNTHETIC_STARTS = 8;
const SEED = 11;
const POLICIES: readonly DeadlinePolicyName[] = ['greedy', 'uniform-progress', 'expected-cost'];

interface TraceSet {
  readonly set: string;
  readonly traces: readonly AvailabilityTrace[];
}

/** Cost of deadline policies on recorded availability (CBAS_SPOT_DATA), else on made-up markets of known truth. */
export async function decideDeadline(say: (line: string) => void): Promise<readonly DeadlineBenchRow[]> {
  const rows: DeadlineBenchRow[] = [];
  for (const { set, traces } of traceSets())
    for (const changeoverH of CHANGEOVERS_H)
      for (const deadlineH of DEADLINES_H) {
        const row = await cell({ set, traces }, deadlineH, changeoverH);
        say(`deadline ${set} ${deadlineH} h, changeover ${changeoverH} h: ours ${row.oursPct}, optimum ${row.optPct}`);
        rows.push(row);
      }
  return rows;
}

async function cell({ set, traces }: TraceSet, deadlineH: number, changeoverH: number): Promise<DeadlineBenchRow> {
  const job: DeadlineJob = {
    workS: WORK_H * 3600,
    deadlineS: deadlineH * 3600,
    changeoverS: changeoverH * 3600,
    ...PRICES,
  };
  const trials = traces.map((trace) => ({
    trace,
    job,
    starts: drawStarts(trace, job, {
      from: 0,
      to: trace.counts.length,
      count: set === SYNTHETIC ? SYNTHETIC_STARTS : STARTS,
      seed: SEED,
    }),
    policies: POLICIES,
  }));
  const rows = summarize(await compute('deadline', trials));
  const pct = (policy: string): number =>
    Math.round((rows.find((row) => row.policy === policy)?.meanPct ?? 0) * 100) / 100;
  return {
    set,
    deadlineH,
    changeoverH,
    greedyPct: pct('greedy'),
    upPct: pct('uniform-progress'),
    oursPct: pct('expected-cost'),
    optPct: pct('optimum'),
    misses: rows.reduce((sum, { misses }) => sum + misses, 0),
  };
}

/** Every file of availability traces in the folder, or the synthetic set where there is no folder. */
function traceSets(): readonly TraceSet[] {
  const folder = process.env['CBAS_SPOT_DATA'];
  if (folder === undefined) return [{ set: SYNTHETIC, traces: syntheticTraces() }];
  return fs
    .readdirSync(folder)
    .filter((name) => /availability.*\.jsonl(\.gz)?$/.test(name))
    .sort()
    .map((name) => {
      const bytes = fs.readFileSync(path.join(folder, name));
      const text = (name.endsWith('.gz') ? zlib.gunzipSync(bytes) : bytes).toString('utf8');
      return { set: name.replace(/\.jsonl(\.gz)?$/, ''), traces: parseTraces(text) };
    });
}

const SYNTHETIC_TICKS = 4000;

/** Four markets whose up-times and outages mix short and long ones: good, middling, poor, and one that flaps. */
function syntheticTraces(): AvailabilityTrace[] {
  const shapes = [
    { upTicks: 90, outageTicks: 6 },
    { upTicks: 40, outageTicks: 15 },
    { upTicks: 15, outageTicks: 40 },
    { upTicks: 4, outageTicks: 5 },
  ];
  return shapes.map(({ upTicks, outageTicks }, at) => {
    const rng = seededRng(at + 1);
    const counts = new Uint8Array(SYNTHETIC_TICKS);
    let up = true;
    for (let tick = 0; tick < SYNTHETIC_TICKS; up = !up) {
      // A third of the runs are ten times shorter.
      const mean = (up ? upTicks : outageTicks) * (rng.next() < 1 / 3 ? 0.1 : 1.45);
      const length = Math.max(1, Math.round(-mean * Math.log(1 - rng.next())));
      counts.fill(up ? 1 : 0, tick, tick + length);
      tick += length;
    }
    return {
      kind: 'availability',
      zone: `synthetic-${at + 1}`,
      device: 'v',
      count: '1',
      nodes: 1,
      startMs: 0,
      tickS: 600,
      counts,
    };
  });
}
