import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { measureRecovery, type Recovery } from '../test/simulation/recovery.ts';
import type { Simulated } from '../test/simulation/simulate.ts';
import { withSimulation } from './simulation-bundle.ts';
import type { ProofOptions, Proven } from './proof.ts';

const SEEDS_FILE = path.resolve(import.meta.dirname, '../test/simulation/seeds.txt');
/** Deployments in which each kind of recovery is measured once. */
const RECOVERY_SEEDS = 40;
/** Violations that are told in full. */
const TOLD_MAX = 10;

/**
 * The whole engine on a virtual clock under everything that goes wrong, seed after seed, on all cores:
 * `--seeds 1000 --hours 24 --from 1`. A seed that fails is written into test/simulation/seeds.txt, which `npm test` runs.
 */
export async function simulateProof({ flags, say }: ProofOptions): Promise<Proven> {
  const seeds = Number(flags['seeds'] ?? 40);
  const hours = Number(flags['hours'] ?? 2);
  const from = Number(flags['from'] ?? 1);
  const sums = { events: 0, changes: 0, jobs: 0, kills: 0, failed: 0 };
  const redoneS: number[] = [];
  const deadlines = { promised: 0, binding: 0, rescued: 0, late: 0 };
  let done = 0;
  await withSimulation(undefined, (bundle) =>
    runSeeds(bundle, { seeds, hours, from }, (one) => {
      done += 1;
      for (const name of ['events', 'changes', 'jobs', 'kills'] as const) sums[name] += one[name];
      redoneS.push(...one.redoneS);
      for (const name of ['promised', 'binding', 'rescued', 'late'] as const) deadlines[name] += one.deadlines[name];
      if (one.violations.length > 0) {
        sums.failed += 1;
        if (sums.failed <= TOLD_MAX) say(`seed ${one.seed}: ${one.violations.join('\n  ')}`);
        remember(one);
      }
      if (done % 20 === 0) say(`${done} of ${seeds} seeds, ${sums.failed} failed`);
    }),
  );
  const { events, changes, jobs, kills, failed } = sums;
  const figures = {
    seeds: done,
    hours,
    from,
    events,
    changes,
    jobs,
    kills,
    deadlines,
    redoneS: percentiles(redoneS),
    recovery: await recovery(say),
    violations: failed,
  };
  return { figures, violated: failed > 0 || done < seeds };
}

/** With AWS's timings, in fair weather, by the virtual clock. */
async function recovery(say: ProofOptions['say']): Promise<object> {
  const measured: Recovery[] = [];
  for (let seed = 1; seed <= RECOVERY_SEEDS; seed++) measured.push(await measureRecovery(seed));
  say(`${RECOVERY_SEEDS} recoveries measured`);
  const of = (name: keyof Recovery): object => percentiles(measured.map((one) => one[name]));
  return {
    silentMs: of('silentMs'),
    eventMs: of('eventMs'),
    failoverMs: of('failoverMs'),
    orderlyMs: of('orderlyMs'),
    redoneS: of('redoneS'),
  };
}

/** Seeds shared out over the cores; each one's result as it comes. The processes end with this one, whatever ends it. */
export async function runSeeds(
  bundle: string,
  run: { readonly seeds: number; readonly hours: number; readonly from: number; readonly stop?: boolean },
  onResult: (one: Simulated) => void,
): Promise<void> {
  const { seeds, hours, from, stop } = run;
  const lanes = Math.min(seeds, os.availableParallelism());
  const children = Array.from({ length: lanes }, (_, lane) => {
    const count = Math.ceil((seeds - lane) / lanes);
    const args = [bundle, from + lane, lanes, count, hours, ...(stop === true ? ['stop'] : [])].map(String);
    const child = spawn(process.execPath, ['--enable-source-maps', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const one = JSON.parse(line) as Simulated;
      onResult(one);
      if (stop === true && one.violations.length > 0) for (const { kill } of children) kill();
    });
    const over = new Promise<void>((resolve) => child.once('close', () => resolve()));
    return { over, kill: () => void child.kill() };
  });
  await Promise.all(children.map(({ over }) => over));
}

function remember({ seed, hours, violations }: Simulated): void {
  const line = `${seed} ${hours} # ${(violations[0] ?? '').replaceAll(/\s+/g, ' ').slice(0, 160)}`;
  const known = fs.readFileSync(SEEDS_FILE, 'utf8').split('\n');
  if (!known.some((one) => one.startsWith(`${seed} ${hours} `))) fs.appendFileSync(SEEDS_FILE, `${line}\n`);
}

function percentiles(values: readonly number[]): object {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}
