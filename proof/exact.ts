import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SAMPLES_PER_JOB } from '../src/cli/sample-workload.ts';
import type { ProofOptions, Proven } from './proof.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

/**
 * The sample workload under other markets: whatever the pattern of interruptions, the book holds exactly jobs x samples,
 * every job succeeds, and no process is left. `--runs 5 --jobs 24 --seed 1`.
 */
export async function exactProof({ flags, say }: ProofOptions): Promise<Proven> {
  const runs = Number(flags['runs'] ?? 5);
  const jobs = Number(flags['jobs'] ?? 24);
  const firstSeed = Number(flags['seed'] ?? 1);
  let exact = 0;
  let interruptions = 0;
  let left = 0;
  for (let run = 0; run < runs; run++) {
    const seed = firstSeed + run;
    const state = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-proof-'));
    const { code, output } = await demo(state, ['--jobs', String(jobs), '--seed', String(seed)]);
    const samples = Number(/from (\d+) samples/.exec(output)?.[1] ?? NaN);
    const taken = Number(/interruptions\s+(\d+)/.exec(output)?.[1] ?? NaN);
    const isExact = code === 0 && samples === jobs * SAMPLES_PER_JOB;
    exact += isExact ? 1 : 0;
    interruptions += taken;
    left += processesOf(state);
    say(`seed ${seed}: ${samples} samples, ${taken} interruptions, exit ${code}`);
    if (isExact) fs.rmSync(state, { recursive: true, force: true });
    else say(`${output}\nstate kept in ${state}`);
  }
  return { figures: { runs, jobs, exact, interruptions, left }, violated: exact !== runs || left > 0 };
}

function demo(state: string, args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: state, XDG_STATE_HOME: state, LANG: 'C.UTF-8' };
  const child = spawn(path.join(ROOT, 'bin', 'cbas'), ['demo', ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? 1, output })));
}

/** Processes that still have this state folder in their environment or on their command line (Linux; elsewhere 0). */
function processesOf(state: string): number {
  if (!fs.existsSync('/proc/self/environ')) return 0;
  return fs.readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      return ['environ', 'cmdline'].some((file) => fs.readFileSync(`/proc/${entry}/${file}`, 'utf8').includes(state));
    } catch {
      // Ended between the listing and the look.
      return false;
    }
  }).length;
}
