import { build, type BuildOptions } from 'esbuild';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bundleOptions } from '../scripts/bundle-options.mjs';
import { seededRng } from '../src/engine/model/rng.ts';
import { ALLOCATOR } from '../src/cli/lean-heap.ts';
import { CONSOLE_FLAGS } from './as-started.ts';
import { stagesOf } from './keys/stages.ts';
import { type Percentiles, precisely } from './percentiles.ts';
import { openTerminal, type SlowLine, type Terminal } from './terminal.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const KEYS = 200;
const SETTLE_MS = 3_000;
/** A console is open for hours: what its compiler and its collector still do after a start and a load of 100,000 jobs is over by then. */
const WARM_MS = 20_000;
/** No key takes this long; what does is broken. */
const WITHIN_MS = 20_000;
const CLOCK_TICKS_PER_S = 100;
const WINDOW_MS = 20_000;
const SLOW: SlowLine = { bytesPerS: 64_000, roundTripMs: 150 };
/** A key held down, as keyboards repeat it. */
const HELD = { perS: 30, ms: 3_000 };
const JOBS_SCREEN = '2';

/**
 * Keys under load: from the press to the first bytes that show its effect, on a terminal of 200x50, while 500 of 100,000 rows change ten times
 * a second. A program that compares rows and writes what differs, on the same data, is the rival.
 */
export async function keysBench(say: (line: string) => void): Promise<object> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-keys-'));
  try {
    await bundle(folder);
    const args = (program: string, mode: string): string[] => [...CONSOLE_FLAGS, path.join(folder, program), mode];
    const busy = await withList(args('console.js', 'ticks'), async (list) => {
      const keyMs = await keys(list);
      say(`keys under ticks: ${JSON.stringify(keyMs)}`);
      await pause(WARM_MS);
      const tick = await window(list);
      return {
        keyMs,
        bytesPerTick: Math.round(tick.bytes / (WINDOW_MS / 100)),
        cpuTickPct: tick.cpuPct,
        rssMb: rssMb(list.pid),
      };
    });
    const still = await withList(args('console.js', 'still'), async (list) => {
      await pause(WARM_MS);
      const idle = await window(list);
      const before = list.bytes();
      await keys(list);
      return {
        cpuIdlePct: idle.cpuPct,
        idleBytesPerS: Math.round(idle.bytes / (WINDOW_MS / 1_000)),
        bytesPerKey: Math.round((list.bytes() - before) / KEYS),
      };
    });
    say(`still: ${JSON.stringify(still)}`);
    const raw = await withList(args('raw.js', 'ticks'), async (list) => {
      const rawKeyMs = await keys(list);
      await pause(WARM_MS);
      return { rawKeyMs, rawCpuTickPct: (await window(list)).cpuPct };
    });
    const slowLineBacklogMs = await backlog(args('console.js', 'still'));
    const { keyMs, ...rest } = busy;
    const figures = { keyMs, ...raw, ...still, ...rest, objectsMb: objectsMb(args('console.js', 'objects')), slowLineBacklogMs }; // prettier-ignore
    const missed = missedOf(figures);
    if (missed.length === 0) return figures;
    return { ...figures, missed, keyStagesMs: await stages('still'), tickStagesMs: await stages('ticks') };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function bundle(folder: string, options: BuildOptions = {}): Promise<void> {
  await build({
    ...bundleOptions(ROOT, 'bench'),
    ...options,
    entryPoints: { console: 'bench/keys/console.ts', raw: 'bench/keys/raw.ts' },
    outdir: folder,
  });
  fs.writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
}

async function withList<T>(args: readonly string[], use: (list: Terminal) => Promise<T>, line?: SlowLine): Promise<T> {
  const env = { ...ALLOCATOR, PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LANG: 'C.UTF-8' };
  const list = openTerminal({ file: process.execPath, args, env, columns: 200, rows: 50, line });
  try {
    await list.until((screen) => screen.includes('cbas'), WITHIN_MS);
    list.type(JOBS_SCREEN);
    await list.until((screen) => cursorOf(screen) !== '', WITHIN_MS);
    await pause(SETTLE_MS);
    return await use(list);
  } finally {
    list.kill();
  }
}

interface Figures {
  readonly keyMs: Percentiles;
  readonly bytesPerKey: number;
  readonly bytesPerTick: number;
  readonly cpuIdlePct: number;
  readonly cpuTickPct: number;
  readonly rssMb: number;
  readonly slowLineBacklogMs: number;
}

/** What is to be reached. */
const LIMITS: Readonly<Record<string, readonly [limit: number, of: (figures: Figures) => number]>> = {
  keyMsP50: [8, ({ keyMs }) => keyMs.p50],
  keyMsP95: [12, ({ keyMs }) => keyMs.p95],
  keyMsP99: [16, ({ keyMs }) => keyMs.p99],
  bytesPerKey: [400, ({ bytesPerKey }) => bytesPerKey],
  bytesPerTick: [2_000, ({ bytesPerTick }) => bytesPerTick],
  cpuIdlePct: [0.5, ({ cpuIdlePct }) => cpuIdlePct],
  cpuTickPct: [8, ({ cpuTickPct }) => cpuTickPct],
  rssMb: [150, ({ rssMb }) => rssMb],
  slowLineBacklogMs: [100, ({ slowLineBacklogMs }) => slowLineBacklogMs],
};

function missedOf(figures: Figures): readonly string[] {
  return Object.keys(LIMITS).filter((name) => LIMITS[name]![1](figures) > LIMITS[name]![0]);
}

/** What the objects of the load take of the memory: whoever shows them has them. */
function objectsMb(args: readonly string[]): number {
  const told = execFileSync(process.execPath, ['--expose-gc', ...args], { encoding: 'utf8' });
  return Number(/objects (\d+) MB/.exec(told)?.[1]);
}

/** Ms that each stage takes of a key, or of a tick, on this machine as it is now, with a profiler looking on. */
async function stages(mode: 'still' | 'ticks'): Promise<Readonly<Record<string, number>>> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-stages-'));
  try {
    await bundle(folder, { minifySyntax: false, minifyWhitespace: false });
    const profiler = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=250'];
    const args = [...CONSOLE_FLAGS, ...profiler, path.join(folder, 'console.js'), mode];
    const units = mode === 'still' ? KEYS : WINDOW_MS / 100;
    const afterMs = await withList(args, async (list) => {
      const before = list.nowMs();
      await (mode === 'still' ? keys(list) : window(list));
      list.type('q');
      await list.ended;
      return before;
    });
    const shares = Object.entries(stagesOf(folder, afterMs)).toSorted(([, a], [, b]) => b - a);
    return Object.fromEntries(shares.map(([stage, ms]) => [stage, Number((ms / units).toFixed(2))]));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The job under the cursor; '' when there is none. */
function cursorOf(screen: string): string {
  return /▸[^\n]*?\b(\w+-\d+)/.exec(screen)?.[1] ?? '';
}

/** One key after another, at any phase of the ticks; the list is walked down and up again, so that it does not always scroll. */
async function keys(list: Terminal): Promise<Percentiles> {
  const rng = seededRng(1);
  const took: number[] = [];
  for (let key = 0; key < KEYS; key++) {
    await pause(40 + rng.below(100));
    const before = cursorOf(list.screen());
    const pressedMs = list.nowMs();
    list.type(key % 80 < 60 ? 'j' : 'k');
    const hasMoved = (screen: string): boolean => ![before, ''].includes(cursorOf(screen));
    took.push((await list.until(hasMoved, WITHIN_MS)) - pressedMs);
  }
  return precisely(took);
}

async function window(list: Terminal): Promise<{ readonly bytes: number; readonly cpuPct: number }> {
  const [bytes, cpu] = [list.bytes(), cpuMs(list.pid)];
  await pause(WINDOW_MS);
  const cpuPct = (100 * (cpuMs(list.pid) - cpu)) / WINDOW_MS;
  return { bytes: list.bytes() - bytes, cpuPct: Number(cpuPct.toFixed(2)) };
}

/** Time of the processor that a process has used, ms. */
function cpuMs(pid: number): number {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / CLOCK_TICKS_PER_S;
}

function rssMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kb) / 1_024);
}

/** How long after the last of the held keys the screen comes to rest on a slow line, less the line's own delay. */
async function backlog(args: readonly string[]): Promise<number> {
  return withList(
    args,
    async (list) => {
      const presses = (HELD.perS * HELD.ms) / 1_000;
      for (let press = 0; press < presses; press++) {
        list.type('j');
        await pause(1_000 / HELD.perS);
      }
      const releasedMs = list.nowMs();
      let [last, lastMs] = [cursorOf(list.screen()), releasedMs];
      while (list.nowMs() < releasedMs + SETTLE_MS) {
        const now = cursorOf(list.screen());
        if (now !== last) [last, lastMs] = [now, list.nowMs()];
        await pause(5);
      }
      return Math.max(0, Math.round(lastMs - releasedMs - SLOW.roundTripMs / 2));
    },
    SLOW,
  );
}
