import { monitorEventLoopDelay } from 'node:perf_hooks';
import { seededRng } from '../../src/engine/model/rng.ts';
import { churned } from '../../test/support/churn.ts';
import { withConsole } from '../../test/support/console.ts';
import { busySnapshot } from '../../test/support/snapshots.ts';

const TICKS_PER_HOUR = 3_600;
/** Rows that change in a second. */
const ROWS = 50;
const SAMPLES_PER_HOUR = 4;
/** What somebody does who looks at it all day: all screens, lists walked, details, logs and searches opened and left. */
const DAY = [
  '1',
  '2',
  'j',
  'j',
  '\r',
  'j',
  '\u001b',
  '/',
  'pi',
  '\r',
  '\u001b',
  '3',
  '\t',
  'j',
  '\r',
  '\u001b',
  '4',
  '5',
  '6',
  '7',
  'w',
  '\u001b',
  '8',
  '9',
  '2',
  'l',
  '\u001b',
  's',
  'G',
  'g',
  '?',
  '\u001b',
  'f',
  'f',
];

export interface SoakOptions {
  readonly seed: number;
  /** Of virtual time. */
  readonly hours: number;
  say(line: string): void;
  /** After everything that is not in use was collected. */
  inUseMb(): number;
}

/** Hours of a console that is watched while everything changes once a second, as fast as they go. */
export async function runSoak({ seed, hours, say, inUseMb }: SoakOptions): Promise<object> {
  const rng = seededRng(seed);
  const memoryMb: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 5 });
  let [ticks, bytes] = [0, 0];
  const beganMs = performance.now();
  await withConsole({ snapshot: busySnapshot(), size: { columns: 200, rows: 50 } }, async (console) => {
    delay.enable();
    for (; ticks < hours * TICKS_PER_HOUR; ticks++) {
      console.clock.pass(1_000);
      console.engine.set(churned(console.engine.current, rng, { at: console.clock.at, rows: ROWS }));
      if (ticks % 5 === 0) await console.press(DAY[(ticks / 5) % DAY.length] ?? 'j');
      bytes += (await console.takeRaw()).length;
      console.engine.logsAsked.length = console.engine.factsAsked.length = 0;
      if ((ticks + 1) % (TICKS_PER_HOUR / SAMPLES_PER_HOUR) !== 0) continue;
      memoryMb.push(inUseMb());
      say(`${((ticks + 1) / TICKS_PER_HOUR).toFixed(2)} h: ${memoryMb.at(-1)} MB`);
    }
    delay.disable();
  });
  const ms = (nanoseconds: number): number => Number((nanoseconds / 1e6).toFixed(1));
  // The first hour fills what is bounded: rows painted lately, lines for the Overview.
  const [settled = 0, last = 0] = [memoryMb[SAMPLES_PER_HOUR - 1], memoryMb.at(-1)];
  return {
    hours,
    ticks,
    tookS: Math.round((performance.now() - beganMs) / 1_000),
    bytesPerTick: Math.round(bytes / ticks),
    memoryMb,
    grewMb: Number((last - settled).toFixed(2)),
    eventLoopDelayMs: { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) },
    violations:
      last > settled * 1.1 + 1 ? [`the memory in use grew from ${settled} to ${last} MB after the first hour`] : [],
  };
}
