import { keepHeapLean } from '../../src/cli/lean-heap.ts';
import { renderConsole } from '../../src/ui/render.tsx';
import { ChurningEngine, TICK_MS } from './churn.ts';

/** The console under load, in a process of its own: `console.mjs ticks|still`. Its keys and its frame are those of the product. */
keepHeapLean();
const engine = new ChurningEngine();
const screen = renderConsole({
  engine,
  stdout: process.stdout,
  stdin: process.stdin,
  openTuner: () => Promise.reject(new Error('no bid is tuned here')),
  color: true,
  ascii: false,
});
if (process.argv[2] === 'ticks') setInterval(() => engine.tick(), TICK_MS);
await screen.waitUntilExit();
process.exit(0);
