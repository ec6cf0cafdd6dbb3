import { keepHeapLean } from '../../src/cli/lean-heap.ts';
import { renderConsole } from '../../src/ui/render.tsx';
import { ChurningEngine, TICK_MS } from './churn.ts';

/** The console under load, in a process of its own: `console.js ticks|still`; `objects` tells what its data take. Its keys and its frame are those of the product. */
keepHeapLean();
if (process.argv[2] === 'objects') {
  const before = inUseMb();
  const held = new ChurningEngine();
  process.stdout.write(`objects ${Math.round(inUseMb() - before)} MB of ${held.current.jobs.length}\n`);
  process.exit(0);
}
const engine = new ChurningEngine();
const screen = renderConsole({
  engine,
  stdout: process.stdout,
  stdin: process.stdin,
  openTuner: () => Promise.reject(new Error('no bid is tuned here')),
  readJobs: () => Promise.resolve({ ok: false, problems: ['no file is read here'] }),
  color: true,
  ascii: false,
});
if (process.argv[2] === 'ticks') setInterval(() => engine.tick(), TICK_MS);
/** What is reachable, on the heap and outside of it. */
function inUseMb(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}
await screen.waitUntilExit();
process.exit(0);
