import { build } from 'esbuild';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bundleOptions } from '../scripts/bundle-options.mjs';
import { ALLOCATOR } from '../src/cli/lean-heap.ts';
import { CONSOLE_FLAGS } from './as-started.ts';
import { GeneratedTable } from './scale/generated-table.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const SIZES = [1_000, 100_000, 1_000_000];
const WITHIN_MS = 180_000;
const ROUNDS = 3;
/** After a load: what was garbage is collected, and the figure is of what is in use. */
const SETTLE_MS = 3_000;
/** Requests of a large deployment to those of a small one. */
const REQUESTS_LIMIT = 1.2;
const RSS_LIMIT_MB = 350;
const FILTER_LIMIT_MS = 100;

interface Figures {
  readonly n: number;
  /** Jobs are on the screen, and all are read. */
  readonly firstScreenMs: number;
  readonly firstLoadMs: number;
  /** From the key to the first rows. */
  readonly filterMs: number;
  readonly sortMs: number;
  readonly requestsPerMinute: number;
  readonly rssMb: number;
  /** What it would take to read the whole table once. */
  readonly naiveScan: { readonly pages: number; readonly readUnits: number };
}

/** The console on deployments of three sizes in which nothing happens: what it costs to be open, and how long anything takes. */
export async function scaleBench(say: (line: string) => void): Promise<object> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-scale-'));
  try {
    await build({
      ...bundleOptions(ROOT, 'bench'),
      entryPoints: { console: 'bench/scale/console.ts' },
      outdir: folder,
    });
    fs.writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
    const jobs: Figures[] = [];
    for (const n of SIZES) {
      jobs.push(await measure(n, folder));
      say(JSON.stringify(jobs.at(-1)));
    }
    return { jobs, missed: missedOf(jobs) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function missedOf(jobs: readonly Figures[]): readonly string[] {
  const least = jobs[0]?.requestsPerMinute ?? 0;
  return jobs.flatMap(({ n, requestsPerMinute, rssMb, filterMs, firstScreenMs, firstLoadMs }) => [
    ...(requestsPerMinute > least * REQUESTS_LIMIT ? [`${n}: requests`] : []),
    ...(rssMb > RSS_LIMIT_MB ? [`${n}: memory`] : []),
    ...(filterMs > FILTER_LIMIT_MS ? [`${n}: filter`] : []),
    ...(n > SIZES[0]! && firstScreenMs >= firstLoadMs ? [`${n}: first screen`] : []),
  ]);
}

async function measure(n: number, folder: string): Promise<Figures> {
  const file = path.join(folder, `facts-${n}.json`);
  const env = { ...ALLOCATOR, PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LANG: 'C.UTF-8' };
  const args = [...CONSOLE_FLAGS, path.join(folder, 'console.js'), String(n), file];
  const console = openTerminal({ file: process.execPath, args, env, columns: 200, rows: 50 });
  try {
    const firstScreenMs = Math.round(await console.until((screen) => /▸.* pi-\d{7}/.test(screen), WITHIN_MS));
    const { loadMs: firstLoadMs = 0 } = await facts(file, 'loadMs');
    await pause(SETTLE_MS);
    const rssMb = Math.round(Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${console.pid}/status`, 'utf8'))?.[1]) / 1_024); // prettier-ignore
    const filterMs = await least(() => filter(console, n));
    const sortMs = await least(() => sort(console));
    process.kill(console.pid, 'SIGUSR2');
    const { requestsPerMinute = 0 } = await facts(file, 'requestsPerMinute');
    const naiveScan = new GeneratedTable(n, 0).naiveScan();
    return { n, firstScreenMs, firstLoadMs, filterMs, sortMs, requestsPerMinute, rssMb, naiveScan };
  } finally {
    console.kill();
  }
}

async function facts(file: string, wanted: string): Promise<Readonly<Record<string, number>>> {
  for (const until = performance.now() + WITHIN_MS; performance.now() < until; await pause(50)) {
    const known = fs.existsSync(file)
      ? (JSON.parse(fs.readFileSync(file, 'utf8') || '{}') as Record<string, number>)
      : {};
    if (known[wanted] !== undefined) return known;
  }
  throw new Error(`${wanted} was not told within ${WITHIN_MS} ms`);
}

async function least(round: () => Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let number = 0; number < ROUNDS; number++) all.push(await round());
  return Math.round(Math.min(...all));
}

/** A name that one job has: typed at once, seen in a row. */
async function filter(console: Terminal, n: number): Promise<number> {
  const name = `pi-${String(Math.floor(Math.random() * n)).padStart(7, '0')}`;
  console.type('/');
  await console.until((screen) => /^ \//m.test(screen), WITHIN_MS);
  const began = console.nowMs();
  console.type(name);
  const took = (await console.until((screen) => new RegExp(`▸.* ${name}`).test(screen), WITHIN_MS)) - began;
  console.type('\r');
  await console.until((screen) => !/^ \//m.test(screen), WITHIN_MS);
  console.type('\u001b');
  await console.until((screen) => screen.includes('filter: none'), WITHIN_MS);
  // An escape and what follows at once are one key.
  await pause(200);
  return took;
}

/** The next column: its first rows are there when the head of the table says so. */
async function sort(console: Terminal): Promise<number> {
  const sortOf = (screen: string): string => /sort: (\w+ \S+)/.exec(screen)?.[1] ?? '';
  const before = sortOf(console.screen());
  const began = console.nowMs();
  console.type('s');
  return (await console.until((screen) => !['', before].includes(sortOf(screen)), WITHIN_MS)) - began;
}
