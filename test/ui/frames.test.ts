import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Snapshot } from '../../src/engine/model/snapshot.ts';
import { type Size, withConsole } from '../support/console.ts';
import { busySnapshot, emptyDeployment, faultSnapshot, largeSnapshot, staleSnapshot } from '../support/snapshots.ts';

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
}

const DOWN = '\u001b[B';
const ENTER = '\r';

const STORIES: readonly Story[] = [
  { name: 'overview', snapshot: busySnapshot, keys: [] },
  { name: 'overview-empty', snapshot: emptyDeployment, keys: [], sizes: ['80x24', '120x40'] },
  { name: 'overview-stale', snapshot: staleSnapshot, keys: [], sizes: ['80x24', '120x40'] },
  { name: 'overview-fault', snapshot: faultSnapshot, keys: [], sizes: ['80x24', '120x40'] },
  { name: 'overview-ascii', snapshot: busySnapshot, keys: [], sizes: ['80x24'], ascii: true },
  { name: 'jobs', snapshot: busySnapshot, keys: ['2'] },
  { name: 'jobs-empty', snapshot: emptyDeployment, keys: ['2'], sizes: ['80x24'] },
  { name: 'jobs-detail', snapshot: busySnapshot, keys: ['2', ENTER], sizes: ['80x24', '120x40', '200x50'] },
  { name: 'jobs-filter', snapshot: busySnapshot, keys: ['2', '/', 'state:runn !17'], sizes: ['80x24', '120x40'] },
  { name: 'jobs-faults', snapshot: busySnapshot, keys: ['f'], sizes: ['120x40', '60x15'] },
  { name: 'workers-grid', snapshot: busySnapshot, keys: ['3', DOWN] },
  { name: 'workers-table', snapshot: busySnapshot, keys: ['3', '\t'] },
  { name: 'workers-detail', snapshot: busySnapshot, keys: ['3', 'l', ENTER], sizes: ['80x24', '120x40'] },
  { name: 'workers-large', snapshot: () => largeSnapshot(10_000, 2_000), keys: ['3'], sizes: ['200x50'] },
  { name: 'market', snapshot: busySnapshot, keys: ['4'] },
  {
    name: 'market-bid',
    snapshot: busySnapshot,
    keys: ['4', 'B', '\u001b[C', '\u001b[C'],
    sizes: ['80x24', '120x40', '200x50'],
  },
  { name: 'book', snapshot: busySnapshot, keys: ['5'] },
  { name: 'help', snapshot: busySnapshot, keys: ['2', '?'], sizes: ['80x24', '120x40', '60x15'] },
  { name: 'dialog-kill', snapshot: busySnapshot, keys: ['2', 'K'] },
  { name: 'dialog-launch', snapshot: busySnapshot, keys: ['L', '+'], sizes: ['80x24', '120x40'] },
  { name: 'paused', snapshot: busySnapshot, keys: ['z', 'L'], sizes: ['80x24'] },
];

function sizeOf(name: string): Size {
  const [columns = 80, rows = 24] = name.split('x').map(Number);
  return { columns, rows };
}

for (const { name, snapshot, keys, sizes, ascii } of STORIES) {
  for (const size of sizes ?? SIZES) {
    test(`${name} ${size}`, async () => {
      await withConsole({ snapshot: snapshot(), size: sizeOf(size), ascii: ascii ?? false }, async (screen) => {
        await screen.press(...keys);
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
