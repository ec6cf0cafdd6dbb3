import { OUR_DEADLINE_POLICY } from '../../engine/decide/deadline-policies.ts';
import {
  type PairedDifference,
  pairedDifference,
  type PolicySummary,
  summarize,
} from '../../engine/sim/deadline-summary.ts';
import type { DeadlineTrial, DeadlineTrialResult } from '../../engine/sim/deadline-trials.ts';
import { compute } from '../compute.ts';
import { EXIT } from '../exit.ts';
import { note, print, printJson, printTable } from '../output.ts';
import { progressLine } from '../progress.ts';
import { type DeadlineInputs, type DeadlineOptions, readDeadlineInputs } from './deadline-inputs.ts';

/** `cbas simulate deadline`: exit 1 if any policy missed a deadline, which the safety net excludes. */
export async function simulateDeadline(options: DeadlineOptions): Promise<number> {
  const inputs = readDeadlineInputs(options);
  const results = await runAll(inputs.trials);
  const rows = summarize(results);
  const paired = pairedDifference(results, {
    policy: OUR_DEADLINE_POLICY,
    against: 'uniform-progress',
    seed: inputs.seed,
  });
  if (options.json === true) printJson(jsonOf(inputs, results, { rows, paired }));
  else printAll(inputs, results, { rows, paired });
  return rows.some(({ misses }) => misses > 0) ? EXIT.failed : EXIT.done;
}

/** Traces are cut into parts, so that all cores have work to the end; parts of one trace are joined again. */
const STARTS_PER_PART = 5;

async function runAll(trials: readonly DeadlineTrial[]): Promise<readonly DeadlineTrialResult[]> {
  const parts = trials.flatMap((trial, at) =>
    Array.from({ length: Math.ceil(trial.starts.length / STARTS_PER_PART) }, (_, part) => ({
      at,
      trial: { ...trial, starts: trial.starts.slice(part * STARTS_PER_PART, (part + 1) * STARTS_PER_PART) },
    })),
  );
  const progress = progressLine('simulating jobs');
  try {
    const done = await compute(
      'deadline',
      parts.map(({ trial }) => trial),
      { onDone: (count, total) => progress.update(count, total) },
    );
    return trials.map((_, trial) => joined(done.filter((_result, part) => parts[part]?.at === trial)));
  } finally {
    progress.end();
  }
}

function joined(parts: readonly DeadlineTrialResult[]): DeadlineTrialResult {
  const [first] = parts;
  if (first === undefined) throw new RangeError('a trace without starts');
  return {
    ...first,
    optimum: parts.flatMap(({ optimum }) => optimum),
    policies: first.policies.map((runs, at) => ({
      policy: runs.policy,
      costShares: parts.flatMap(({ policies }) => policies[at]?.costShares ?? []),
      misses: parts.reduce((sum, { policies }) => sum + (policies[at]?.misses ?? 0), 0),
      startsOfInstances: parts.reduce((sum, { policies }) => sum + (policies[at]?.startsOfInstances ?? 0), 0),
    })),
  };
}

interface Outcome {
  readonly rows: readonly PolicySummary[];
  readonly paired: PairedDifference | undefined;
}

function jsonOf(inputs: DeadlineInputs, results: readonly DeadlineTrialResult[], { rows, paired }: Outcome): object {
  const { workS, deadlineS, changeoverS, onDemandUsdPerHour, spotUsdPerHour } = inputs.job;
  return {
    workH: workS / 3600,
    deadlineH: deadlineS / 3600,
    changeoverH: changeoverS / 3600,
    onDemandUsdPerHour,
    spotUsdPerHour,
    seed: inputs.seed,
    runs: results.reduce((sum, { optimum }) => sum + optimum.length, 0),
    policies: rows.map(roundedRow),
    difference: paired ?? null,
    traces: results.map((result) => ({
      name: result.name,
      zone: result.zone,
      device: result.device,
      kind: result.kind,
      tickS: result.tickS,
      availabilityPct: rounded(100 * result.availability),
      runs: result.optimum.length,
      policies: summarize([result]).map(roundedRow),
    })),
    tooShort: inputs.tooShort,
  };
}

function roundedRow(row: PolicySummary): PolicySummary {
  return {
    ...row,
    meanPct: rounded(row.meanPct),
    p75Pct: rounded(row.p75Pct),
    aboveOptimumPct: rounded(row.aboveOptimumPct),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function printAll(inputs: DeadlineInputs, results: readonly DeadlineTrialResult[], { rows, paired }: Outcome): void {
  printTable<PolicySummary>(
    [
      { title: 'policy', text: ({ policy }) => policy },
      { title: 'cost', text: ({ meanPct }) => `${meanPct.toFixed(1)}%`, align: 'right' },
      { title: 'p75', text: ({ p75Pct }) => `${p75Pct.toFixed(1)}%`, align: 'right' },
      { title: 'above optimum', text: ({ aboveOptimumPct }) => aboveOptimumPct.toFixed(1), align: 'right' },
      { title: 'misses', text: ({ misses }) => String(misses), align: 'right' },
    ],
    rows,
  );
  const runs = results.reduce((sum, { optimum }) => sum + optimum.length, 0);
  const { workS, deadlineS, changeoverS } = inputs.job;
  print('');
  print(
    `Cost in % of ${workS / 3600} h on on-demand; ${runs} jobs due after ${deadlineS / 3600} h in ${results.length} traces, ${(changeoverS * 60) / 3600} min to start an instance.`,
  );
  if (paired !== undefined)
    print(
      `${paired.policy} against ${paired.against}: ${signed(paired.meanPct)} points (95 %: ${signed(paired.lowPct)} to ${signed(paired.highPct)}), cheaper in ${paired.cheaper} jobs, dearer in ${paired.dearer}.`,
    );
  if (inputs.tooShort.length > 0) note(`too short for such a job, left out: ${inputs.tooShort.join(', ')}`);
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(1)}`;
}
