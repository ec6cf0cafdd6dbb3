import fs from 'node:fs';
import { systemClock } from '../../src/cli/clock.ts';
import { keepHeapLean } from '../../src/cli/lean-heap.ts';
import { seededRng } from '../../src/engine/model/rng.ts';
import { AWS_TIMINGS } from '../../src/engine/model/timings.ts';
import { NO_JOURNAL } from '../../src/engine/run/journal.ts';
import { OperatorEngine } from '../../src/engine/run/operator-engine.ts';
import { createSnapshotStore } from '../../src/engine/run/store.ts';
import { MemoryBlobs } from '../../src/aws/memory/memory-blobs.ts';
import { MemoryPrices } from '../../src/aws/memory/memory-prices.ts';
import { renderConsole } from '../../src/ui/render.tsx';
import { DEPLOYMENT } from '../../test/support/snapshots.ts';
import { GeneratedTable, SHARDS } from './generated-table.ts';

/**
 * A console with the engine of the product on a table of so many jobs: `console.js JOBS FILE`. When all are read it writes
 * {loadMs} to the file; told so by SIGUSR2
 * it counts what it asks for a minute, and adds {requestsPerMinute}.
 */
const [jobs = 0, file = ''] = [Number(process.argv[2]), process.argv[3]];
/** A sweep of one shard is in it. */
const COUNTED_MS = AWS_TIMINGS.sweepMs;

keepHeapLean();
const began = performance.now();
const table = new GeneratedTable(jobs, Date.now() - 3_600_000);
const snapshots = createSnapshotStore(NO_JOURNAL);
const engine = new OperatorEngine({
  ports: {
    store: table,
    blobs: new MemoryBlobs({}),
    prices: new MemoryPrices([], {}),
    clock: systemClock,
    rng: seededRng(1),
  },
  snapshots,
  deployment: { ...DEPLOYMENT, mode: 'aws', shards: SHARDS, timings: AWS_TIMINGS },
  operator: { name: 'ana', from: 'bench', mode: 'operator' },
  wait: false,
});
const facts: Record<string, number> = {};
const tell = (): void => fs.writeFileSync(file, JSON.stringify(facts));
const stopWaiting = engine.subscribe(() => {
  if (engine.snapshot().jobs.length < jobs) return;
  stopWaiting();
  facts['loadMs'] = Math.round(performance.now() - began);
  tell();
});
const screen = renderConsole({
  engine,
  stdout: process.stdout,
  stdin: process.stdin,
  openTuner: () => Promise.reject(new Error('no bid is tuned here')),
  readJobs: () => Promise.resolve({ ok: false, problems: ['no file is read here'] }),
  color: true,
  ascii: false,
  screen: 'jobs',
});
engine.start();
process.on('SIGUSR2', () => {
  const { requests } = table;
  setTimeout(() => {
    facts['requestsPerMinute'] = Math.round(((table.requests - requests) * 60_000) / COUNTED_MS);
    tell();
  }, COUNTED_MS);
});
await screen.waitUntilExit();
process.exit(0);
