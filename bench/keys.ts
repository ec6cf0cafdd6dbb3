import { build } from 'esbuild';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inkFastOutput } from '../scripts/ink-fast-output.mjs';
import { leanModules } from '../scripts/lean-modules.mjs';
import { seededRng } from '../src/engine/model/rng.ts';
import { type SlowLine, Watched } from './keys/watched.ts';
import { type Percentiles, precisely } from './percentiles.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const KEYS = 200;
const SETTLE_MS = 3_000;
const WINDOW_MS = 10_000;
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
    const argv = (program: string, mode: string): string[] => [process.execPath, path.join(folder, program), mode];
    const busy = await withWatched(argv('console.js', 'ticks'), async (one) => {
      const keyMs = await keys(one);
      say(`keys under ticks: ${JSON.stringify(keyMs)}`);
      const tick = await window(one);
      return {
        keyMs,
        bytesPerTick: Math.round(tick.bytes / (WINDOW_MS / 100)),
        cpuTickPct: tick.cpuPct,
        rssMb: one.rssMb(),
      };
    });
    const still = await withWatched(argv('console.js', 'still'), async (one) => {
      const idle = await window(one);
      const before = one.bytes;
      await keys(one);
      return {
        cpuIdlePct: idle.cpuPct,
        idleBytesPerS: Math.round(idle.bytes / (WINDOW_MS / 1_000)),
        bytesPerKey: Math.round((one.bytes - before) / KEYS),
      };
    });
    say(`still: ${JSON.stringify(still)}`);
    const rawKeyMs = await withWatched(argv('raw.js', 'ticks'), keys);
    const slowLineBacklogMs = await backlog(argv('console.js', 'still'));
    const { keyMs, ...rest } = busy;
    return { keyMs, rawKeyMs, ...still, ...rest, slowLineBacklogMs };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** As the product is bundled: production React, Ink's output stage replaced. */
async function bundle(folder: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: { console: 'bench/keys/console.ts', raw: 'bench/keys/raw.ts' },
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    jsx: 'automatic',
    minifySyntax: true,
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"', CBAS_VERSION: '"bench"' },
    alias: { 'react-devtools-core': path.join(ROOT, 'scripts/empty-module.mjs') },
    banner: { js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
    plugins: [inkFastOutput, leanModules],
    logLevel: 'error',
  });
  fs.writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
}

async function withWatched<T>(argv: readonly string[], use: (one: Watched) => Promise<T>, line?: SlowLine): Promise<T> {
  const one = new Watched(argv, line);
  try {
    await one.until(() => /cbas/.test(one.text()));
    one.type(JOBS_SCREEN);
    await one.until(() => one.cursor() !== '');
    await pause(SETTLE_MS);
    return await use(one);
  } finally {
    one.end();
  }
}

/** One key after another, at any phase of the ticks; the list is walked down and up again, so that it does not always scroll. */
async function keys(one: Watched): Promise<Percentiles> {
  const rng = seededRng(1);
  const took: number[] = [];
  for (let key = 0; key < KEYS; key++) {
    await pause(40 + rng.below(100));
    const before = one.cursor();
    const pressedMs = performance.now();
    one.type(key % 80 < 60 ? 'j' : 'k');
    took.push((await one.until(() => one.cursor() !== before && one.cursor() !== '')) - pressedMs);
  }
  return precisely(took);
}

async function window(one: Watched): Promise<{ readonly bytes: number; readonly cpuPct: number }> {
  const [bytes, cpu] = [one.bytes, one.cpuMs()];
  await pause(WINDOW_MS);
  return { bytes: one.bytes - bytes, cpuPct: Number(((100 * (one.cpuMs() - cpu)) / WINDOW_MS).toFixed(2)) };
}

/** How long after the last of the held keys the screen comes to rest on a slow line, less the line's own delay. */
async function backlog(argv: readonly string[]): Promise<number> {
  return withWatched(
    argv,
    async (one) => {
      const presses = (HELD.perS * HELD.ms) / 1_000;
      for (let press = 0; press < presses; press++) {
        one.type('j');
        await pause(1_000 / HELD.perS);
      }
      const releasedMs = performance.now();
      let [last, lastMs] = [one.cursor(), releasedMs];
      const quietUntil = releasedMs + SETTLE_MS;
      while (performance.now() < quietUntil) {
        const now = one.cursor();
        if (now !== last) [last, lastMs] = [now, performance.now()];
        await pause(5);
      }
      return Math.max(0, Math.round(lastMs - releasedMs - SLOW.roundTripMs / 2));
    },
    SLOW,
  );
}
