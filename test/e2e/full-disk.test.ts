import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Cloud, endpointOf } from '../support/cloud.ts';
import { eventually } from '../support/eventually.ts';
import { World } from '../support/processes.ts';

/** DynamoDB wants 16 MB free; this leaves it some, and is full soon. */
const SMALL = '40m';
const LARGE = '120m';
const BLOB_BYTES = 1_000_000;

function mount(...args: readonly string[]): boolean {
  try {
    execFileSync('mount', [...args], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a full disk', () => {
  it('stops the embedded AWS with a line that names the folder; what it acknowledged is there after', async (story) => {
    await using world = new World();
    if (!mount('-t', 'tmpfs', '-o', `size=${SMALL}`, 'cbas-test', world.state))
      return story.skip('a small disk cannot be mounted here');
    try {
      const cloud = await Cloud.start(world, { name: 'full', workers: 1 });
      const { blobs } = cloud.wired;
      const acknowledged: string[] = [];
      const text = 'x'.repeat(BLOB_BYTES);
      await eventually(
        'the disk is full',
        async () => {
          const key = `in/${acknowledged.length}`;
          try {
            await blobs.putText(key, text);
            acknowledged.push(key);
            return undefined;
          } catch (error) {
            return error;
          }
        },
        { withinMs: 30_000 },
      );
      expect(await cloud.process.exitCode(10_000)).toBe(1);
      expect(cloud.process.stderr).toContain(`${path.join(world.local('full'))}`);
      expect(cloud.process.stderr).toMatch(/no space left|ENOSPC|bytes are free/i);
      expect(acknowledged.length).toBeGreaterThan(5);

      mount('-o', `remount,size=${LARGE}`, world.state);
      const again = world.cbas('local', 'run', '--name', 'full');
      await endpointOf(world, 'full', again);
      const sizes = new Map((await blobs.list('in/')).map(({ key, sizeBytes }) => [key, sizeBytes]));
      for (const key of acknowledged) expect(sizes.get(key), key).toBe(BLOB_BYTES);
      expect(await blobs.getText(acknowledged.at(-1) ?? '')).toBe(text);
      expect(await blobs.putText('in/after', text)).toBe('written');
      again.signal('SIGTERM');
      expect(await again.exitCode(10_000)).toBe(0);
      await world.assertNothingLeft();
    } finally {
      await world.killEverything();
      execFileSync('umount', [world.state]);
      fs.rmSync(world.state, { recursive: true, force: true });
    }
  });
});
