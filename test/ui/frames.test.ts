import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { propose } from '../../src/engine/decide/plan.ts';
import type { Snapshot } from '../../src/engine/model/snapshot.ts';
import { DIALOG_DEAF_MS } from '../../src/ui/plan-keys.ts';
import { auditAnswer } from '../support/audit.ts';
import { awsSnapshot } from '../support/aws-snapshot.ts';
import { type Size, withConsole } from '../support/console.ts';
import type { FakeEngine } from '../support/fake-engine.ts';
import { FakeHost } from '../support/master-host.ts';
import { linesOf, logAnswer } from '../support/logs.ts';
import { eventfulSnapshot } from '../support/eventful-snapshot.ts';
import {
  busySnapshot,
  emptyDeployment,
  faultSnapshot,
  largeSnapshot,
  NOW,
  jobId,
  staleSnapshot,
  troubledSnapshot,
} from '../support/snapshots.ts';

/**
 * Golden frames: what a terminal shows, as text files. After a change that is meant, UPDATE_FRAMES=1 writes them anew,
 * and the difference is read like code.
 */
const FRAMES = path.join(import.meta.dirname, 'frames');
const SIZES = ['80x24', '120x40', '200x50', '60x15', '20x5'] as const;

interface Story {
  readonly name: string;
  readonly snapshot: () => Snapshot;
  readonly keys: readonly string[];
  readonly sizes?: readonly (typeof SIZES)[number][];
  readonly ascii?: true;
  /** What the engine answers when it is asked. */
  readonly engine?: (engine: FakeEngine) => void;
  /** Pressed when a plan has been read. */
  readonly then?: readonly string[];
  readonly undoMs?: number;
}

const PROBLEMS = [
  'jobs.json line 3: run.command: is missing',
  'jobs.json line 9: needs.memoryMb: 12.5 is no whole number from 1 to 25000000; write how many MB the program needs at most',
];

const DOWN = '\u001b[B';
const ENTER = '\r';

function logs(engine: FakeEngine): void {
  engine.logs.set(`${jobId(12)} newest stdout`, logAnswer(linesOf(200, 1_801), { epoch: 2, cutBytes: 1_112_448 }));
  engine.logs.set(`${jobId(12)} 1 stdout`, logAnswer(linesOf(9), { epoch: 1 }, [1, 2]));
  engine.logs.set(`${jobId(12)} newest stderr`, { kind: 'nothing', epochs: [1, 2] });
}

function unreadable(engine: FakeEngine): void {
  engine.logs.set(`${jobId(12)} newest stdout`, { kind: 'failed', why: 's3 ListObjectsV2: denied (not authorized)' });
}

function done(engine: FakeEngine): void {
  const files = ['out/estimate.json', 'out/points.csv'].map((path, at) => ({ path, sizeBytes: 120 + at * 2_400_000 }));
  if (engine.facts.kind === 'facts')
    engine.facts = { kind: 'facts', facts: { ...engine.facts.facts, files, fileCount: 2 } };
}

function failed(engine: FakeEngine): void {
  const lines = ['Traceback (most recent call last):', '  File "sort.py", line 9', 'MemoryError: out of memory'];
  if (engine.facts.kind === 'facts')
    engine.facts = { kind: 'facts', facts: { ...engine.facts.facts, lastLines: { stream: 'stderr', lines, why: '' } } };
}

/** Plans as the engine makes them. */
function planning(engine: FakeEngine): void {
  const newId = (): string => '0192f0c4-0000-7000-8000-000000c49ed6';
  engine.propose = (command) =>
    propose(command, {
      snapshot: engine.current,
      operator: { name: 'ana', from: '', mode: 'operator' },
      newId,
      now: NOW,
      host: new FakeHost(),
    });
}

function audited(engine: FakeEngine): void {
  engine.audit = auditAnswer();
}

function unaudited(engine: FakeEngine): void {
  const fault = { kind: 'denied', operation: 'dynamodb Query', target: 'cbas-lab-events', detail: 'AccessDenied', code: '' } as const; // prettier-ignore
  engine.audit = { kind: 'failed', why: 'dynamodb Query on cbas-lab-events: denied (AccessDenied)', fault };
}

/** Of three, one has ended meanwhile, and one could not be written. */
function partly(engine: FakeEngine): void {
  engine.confirm = (plan) =>
    Promise.resolve(
      plan.steps.map(({ text, targets = [] }, at) => {
        const state = (['done', 'conflict', 'failed'] as const)[at % 3] ?? 'done';
        const detail = ['', 'it was RUNNING and is SUCCEEDED by now', 'dynamodb UpdateItem: throttled (slow down)'][at % 3] ?? ''; // prettier-ignore
        return { text, state, detail, targets: targets.map(({ id }) => ({ id, state, detail })) };
      }),
    );
}

function production(): Snapshot {
  const busy = busySnapshot();
  return { ...busy, settings: { ...busy.settings, production: true } };
}

function withMaster(engine: FakeEngine): void {
  engine.master = { id: 'm-7f3a', pid: 4_711, logFile: '' };
}

const STORIES: readonly Story[] = [
  { name: 'overview', snapshot: busySnapshot, keys: [] },
  { name: 'overview-empty', snapshot: emptyDeployment, keys: [], sizes: ['80x24', '120x40'] },
  { name: 'overview-stale', snapshot: staleSnapshot, keys: [], sizes: ['80x24', '120x40'] },
  { name: 'overview-fault', snapshot: faultSnapshot, keys: [], sizes: ['80x24', '120x40'] },
  { name: 'overview-troubled', snapshot: troubledSnapshot, keys: [], sizes: ['60x15', '80x24', '120x40'] },
  { name: 'workers-at-risk', snapshot: troubledSnapshot, keys: ['3', DOWN], sizes: ['120x40'] },
  { name: 'workers-at-risk-detail', snapshot: troubledSnapshot, keys: ['3', DOWN, '\t', ENTER], sizes: ['200x50'] },
  { name: 'overview-ascii', snapshot: busySnapshot, keys: [], sizes: ['80x24'], ascii: true },
  { name: 'jobs', snapshot: busySnapshot, keys: ['2'] },
  { name: 'jobs-empty', snapshot: emptyDeployment, keys: ['2'], sizes: ['80x24'] },
  { name: 'jobs-detail', snapshot: busySnapshot, keys: ['2', ENTER], sizes: ['80x24', '120x40', '200x50'] },
  {
    name: 'jobs-detail-done',
    snapshot: busySnapshot,
    keys: ['2', 'k', ENTER],
    sizes: ['80x24', '120x40'],
    engine: done,
  },
  {
    name: 'jobs-detail-failed',
    snapshot: busySnapshot,
    keys: ['f', 'j', ENTER],
    sizes: ['80x24', '60x15'],
    engine: failed,
  },
  { name: 'log', snapshot: busySnapshot, keys: ['2', 'l'], engine: logs },
  { name: 'log-scrolled', snapshot: busySnapshot, keys: ['2', 'l', 'k', '['], sizes: ['80x24'], engine: logs },
  {
    name: 'log-search',
    snapshot: busySnapshot,
    keys: ['2', 'l', '/', '0: S', '\r', 'N'],
    sizes: ['80x24', '120x40'],
    engine: logs,
  },
  { name: 'log-empty', snapshot: busySnapshot, keys: ['2', 'l', '\t'], sizes: ['80x24'], engine: logs },
  { name: 'log-fault', snapshot: busySnapshot, keys: ['2', 'l'], sizes: ['80x24'], engine: unreadable },
  { name: 'jobs-filter', snapshot: busySnapshot, keys: ['2', '/', 'state:runn !17'], sizes: ['80x24', '120x40'] },
  { name: 'jobs-faults', snapshot: busySnapshot, keys: ['f'], sizes: ['120x40', '60x15'] },
  { name: 'jobs-problem', snapshot: busySnapshot, keys: ['2', '/', 'pi weight>3'], sizes: ['80x24', '60x15'] },
  { name: 'jobs-columns', snapshot: busySnapshot, keys: ['2', '/', 'p'], sizes: ['80x24'] },
  { name: 'jobs-known', snapshot: busySnapshot, keys: ['2', 'd'], sizes: ['80x24', '120x40'] },
  { name: 'jobs-compared', snapshot: busySnapshot, keys: ['2', ' ', 'j', ' ', '='], sizes: ['80x24', '120x40'] },
  { name: 'workers-known', snapshot: busySnapshot, keys: ['3', 'd'], sizes: ['60x15'] },
  { name: 'jobs-search', snapshot: busySnapshot, keys: ['2', '\\', 'sort'], sizes: ['80x24'] },
  { name: 'workers-faults', snapshot: busySnapshot, keys: ['3', '\t', 'f'], sizes: ['80x24'] },
  { name: 'market-faults', snapshot: busySnapshot, keys: ['4', 'f'], sizes: ['80x24', '60x15'] },
  { name: 'palette', snapshot: busySnapshot, keys: ['2', ':'], sizes: ['80x24', '120x40', '60x15'] },
  { name: 'palette-typed', snapshot: busySnapshot, keys: ['2', ':', 'pi-01'], sizes: ['80x24', '200x50', '60x15'] },
  { name: 'palette-arguments', snapshot: busySnapshot, keys: [':', 'bid '], sizes: ['80x24', '60x15'] },
  { name: 'workers-grid', snapshot: busySnapshot, keys: ['3', DOWN] },
  { name: 'workers-table', snapshot: busySnapshot, keys: ['3', '\t'] },
  { name: 'workers-detail', snapshot: busySnapshot, keys: ['3', 'l', ENTER], sizes: ['80x24', '120x40'] },
  { name: 'workers-large', snapshot: () => largeSnapshot(10_000, 2_000), keys: ['3'], sizes: ['200x50'] },
  { name: 'market', snapshot: busySnapshot, keys: ['4'] },
  { name: 'market-ceiling', snapshot: awsSnapshot, keys: ['4', 'B', DOWN], sizes: ['80x24', '120x40', '60x15'] },
  {
    name: 'market-bid',
    snapshot: busySnapshot,
    keys: ['4', 'B', '\u001b[C', '\u001b[C'],
    sizes: ['80x24', '120x40', '200x50'],
  },
  { name: 'book', snapshot: busySnapshot, keys: ['8'] },
  { name: 'capacity', snapshot: busySnapshot, keys: ['5'] },
  { name: 'capacity-detail', snapshot: busySnapshot, keys: ['5', 'j', 'j', ENTER], sizes: ['80x24', '120x40'] },
  { name: 'capacity-fault', snapshot: faultSnapshot, keys: ['5'], sizes: ['80x24'] },
  { name: 'masters', snapshot: busySnapshot, keys: ['6'], sizes: ['80x24', '120x40', '60x15'], engine: withMaster },
  { name: 'masters-gone', snapshot: staleSnapshot, keys: ['6'], sizes: ['80x24'] },
  { name: 'incidents', snapshot: eventfulSnapshot, keys: ['7'] },
  { name: 'incidents-detail', snapshot: eventfulSnapshot, keys: ['7', 'j', ENTER], sizes: ['80x24', '120x40'] },
  { name: 'incidents-empty', snapshot: emptyDeployment, keys: ['7'], sizes: ['80x24'] },
  {
    name: 'audit',
    snapshot: eventfulSnapshot,
    keys: ['9'],
    sizes: ['80x24', '120x40', '200x50', '60x15'],
    engine: audited,
  },
  {
    name: 'audit-detail',
    snapshot: eventfulSnapshot,
    keys: ['9', 'j', 'j', 'j', ENTER],
    sizes: ['80x24', '120x40'],
    engine: audited,
  },
  { name: 'audit-denied', snapshot: eventfulSnapshot, keys: ['9'], sizes: ['80x24', '60x15'], engine: unaudited },
  { name: 'doctor', snapshot: troubledSnapshot, keys: ['0'], sizes: ['80x24', '120x40', '60x15'] },
  { name: 'market-denied', snapshot: faultSnapshot, keys: ['4'], sizes: ['80x24', '60x15'] },
  { name: 'why', snapshot: busySnapshot, keys: ['2', 'w'], sizes: ['80x24', '60x15'] },
  { name: 'columns', snapshot: busySnapshot, keys: ['2', 'o', 'j', ' '], sizes: ['80x24', '120x40', '60x15'] },
  { name: 'help', snapshot: busySnapshot, keys: ['2', '?'], sizes: ['80x24', '120x40', '60x15'] },
  { name: 'dialog-kill', snapshot: busySnapshot, keys: ['2', 'K'] },
  { name: 'dialog-retry', snapshot: busySnapshot, keys: ['R'], sizes: ['80x24', '60x15'], engine: planning },
  { name: 'dialog-hold', snapshot: busySnapshot, keys: ['2', 'H'], sizes: ['80x24', '120x40'], engine: planning },
  { name: 'dialog-launch', snapshot: busySnapshot, keys: ['L', '+'], sizes: ['80x24', '120x40'] },
  {
    name: 'dialog-master',
    snapshot: staleSnapshot,
    keys: ['M'],
    sizes: ['80x24', '120x40', '60x15'],
    engine: planning,
  },
  { name: 'dialog-leave', snapshot: busySnapshot, keys: ['2', 'q'], sizes: ['80x24', '60x15'], engine: withMaster },
  { name: 'dialog-terminate', snapshot: busySnapshot, keys: ['3', 'K'], engine: planning },
  {
    name: 'dialog-drain',
    snapshot: busySnapshot,
    keys: ['3', 'D'],
    sizes: ['80x24', '120x40', '60x15'],
    engine: planning,
  },
  { name: 'dialog-bulk', snapshot: busySnapshot, keys: ['2', '*', 'C'], sizes: ['80x24', '60x15'], engine: planning },
  { name: 'dialog-urgency', snapshot: busySnapshot, keys: ['2', 'P', '5'], sizes: ['80x24', '60x15'] },
  { name: 'dialog-production', snapshot: production, keys: ['2', 'C'], sizes: ['80x24', '120x40'], engine: planning },
  {
    name: 'marked',
    snapshot: busySnapshot,
    keys: ['2', ' ', ' ', '/', 'state:failed', ENTER],
    sizes: ['80x24', '120x40'],
  },
  {
    name: 'results',
    snapshot: busySnapshot,
    keys: ['2', '/', 'state:running', ENTER, '*', 'H'],
    sizes: ['80x24', '120x40', '60x15'],
    engine: partly,
    then: ['y'],
  },
  { name: 'held', snapshot: busySnapshot, keys: ['2', 'K'], sizes: ['80x24', '60x15'], undoMs: 5_000, then: ['y'] },
  {
    name: 'dialog-leave-held',
    snapshot: busySnapshot,
    keys: ['2', 'K'],
    sizes: ['80x24', '60x15'],
    undoMs: 5_000,
    then: ['y', 'q'],
  },
  {
    name: 'dialog-problems',
    snapshot: busySnapshot,
    keys: [':', ...'submit jobs.json', ENTER],
    sizes: ['80x24', '60x15'],
  },
  { name: 'paused', snapshot: busySnapshot, keys: ['z', 'L'], sizes: ['80x24'] },
];

function sizeOf(name: string): Size {
  const [columns = 80, rows = 24] = name.split('x').map(Number);
  return { columns, rows };
}

for (const { name, snapshot, keys, sizes, ascii = false, engine, then = [], undoMs = 0 } of STORIES) {
  for (const size of sizes ?? SIZES) {
    test(`${name} ${size}`, async () => {
      const readJobs = async () => ({ ok: false, problems: PROBLEMS }) as const;
      const options = { snapshot: snapshot(), size: sizeOf(size), ascii, undoMs, readJobs };
      await withConsole(options, async (screen) => {
        engine?.(screen.engine);
        await screen.press(...keys);
        if (then.length > 0) {
          await screen.lines();
          screen.clock.pass(DIALOG_DEAF_MS);
        }
        await screen.press(...then);
        const frame = `${(await screen.lines()).join('\n')}\n`;
        const file = path.join(FRAMES, `${name}-${size}.txt`);
        if (process.env['UPDATE_FRAMES']) {
          mkdirSync(FRAMES, { recursive: true });
          writeFileSync(file, frame);
        }
        expect(frame).toBe(readFileSync(file, 'utf8'));
      });
    });
  }
}
