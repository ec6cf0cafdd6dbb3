import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openTerminal } from './terminal.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const FRAMES = 7;
const WITHIN_MS = 120_000;

/** Half of the values are at most this. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

const whole = (ms: number): number => Math.round(ms);

/**
 * The newcomer's first minute, from the start of the process as a terminal sees it: first frame, first running job, and
 * the first job that goes on from its checkpoint after its instance was taken back. `node -e 0` beside it.
 */
export async function startBench(say: (line: string) => void): Promise<object> {
  const nodeMs = median(
    Array.from({ length: FRAMES }, () => {
      const began = performance.now();
      execFileSync(process.execPath, ['-e', '0']);
      return performance.now() - began;
    }),
  );
  const firstFrames: number[] = [];
  for (let run = 0; run < FRAMES; run++) firstFrames.push(await firstFrame());
  say(`first frames: ${firstFrames.map(whole).join(' ')} ms`);
  const story = await firstMinute(say);
  return { firstFrameMs: whole(median(firstFrames)), nodeMs: whole(nodeMs), ...story };
}

async function withState<T>(run: (env: Record<string, string>) => Promise<T>): Promise<T> {
  const state = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-bench-'));
  try {
    return await run({ PATH: process.env['PATH'] ?? '', HOME: state, XDG_STATE_HOME: state, LANG: 'C.UTF-8' });
  } finally {
    fs.rmSync(state, { recursive: true, force: true });
  }
}

/** The console on its own, with nothing to connect to: what is measured is the way to the first frame. */
function firstFrame(): Promise<number> {
  return withState(async (env) => {
    const terminal = openTerminal({
      file: path.join(ROOT, 'bin', 'cbas-console'),
      args: [],
      env,
      columns: 120,
      rows: 40,
    });
    const ms = await terminal.until((screen) => screen.includes('1 Overview'), WITHIN_MS);
    await terminal.ended;
    return ms;
  });
}

function firstMinute(say: (line: string) => void): Promise<object> {
  return withState(async (env) => {
    const terminal = openTerminal({
      file: path.join(ROOT, 'bin', 'cbas'),
      args: ['demo'],
      env,
      columns: 120,
      rows: 40,
    });
    const firstRunningRowMs = await terminal.until((screen) => /Jobs\s+[1-9]\d* running/.test(screen), WITHIN_MS);
    say(`first running job after ${whole(firstRunningRowMs)} ms`);
    const firstReclaimMs = await terminal.until((screen) => /takes \d+ workers? back/.test(screen), WITHIN_MS);
    say(`first workers taken back after ${whole(firstReclaimMs)} ms`);
    const firstReclaimSurvivedMs = await terminal.until((screen) => /on from a checkpoint/.test(screen), WITHIN_MS);
    terminal.type('q');
    await terminal.ended;
    return {
      firstRunningRowMs: whole(firstRunningRowMs),
      firstReclaimMs: whole(firstReclaimMs),
      firstReclaimSurvivedMs: whole(firstReclaimSurvivedMs),
    };
  });
}
