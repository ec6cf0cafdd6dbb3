import { isTerminal, type JobRow } from '../../src/engine/model/job.ts';
import { blobKeys, parseManifest } from '../../src/engine/protocol/blobs.ts';
import { jobRowOf } from '../../src/engine/protocol/job-item.ts';
import { wholeSum } from './sim-program.ts';
import type { SimWorld } from './sim-world.ts';

/** What must hold of the bucket: what an item points at is there, and nothing else stays for long. */
export class BlobInvariants {
  readonly #world: SimWorld;
  readonly #violated: (what: string) => void;

  constructor(world: SimWorld, violated: (what: string) => void) {
    this.#world = world;
    this.#violated = violated;
  }

  /** Whoever claims a job finds what its item points at: nobody has swept a job that was not over. */
  async restorable({ checkpoint }: JobRow, fail: (what: string) => void): Promise<void> {
    if (checkpoint === undefined) return;
    if ((await this.#world.blobs.getText(checkpoint.manifestKey)) === undefined)
      fail(`checkpoint ${checkpoint.generation} is not there`);
  }

  /** As long as a job is not over, what its item points at is nobody's to delete: least of all a worker's that lost it. */
  async onDelete(key: string): Promise<void> {
    const id = /^ckpt\/([^/]+)\//.exec(key)?.[1];
    const item = id === undefined ? undefined : await this.#world.table.get('jobs', id);
    const row = item === undefined ? undefined : jobRowOf(item);
    if (row?.checkpoint?.manifestKey === key && !isTerminal(row.state))
      this.#violated(`job ${row.id} is ${row.state}, and its checkpoint ${row.checkpoint.generation} was deleted`);
  }

  async outputs(row: JobRow, steps: number, fail: (what: string) => void): Promise<void> {
    const text = await this.#world.blobs.getText(row.result?.manifestKey ?? '');
    const manifest = text === undefined ? undefined : parseManifest(text);
    if (manifest === undefined) return fail('its outputs are not there');
    for (const file of manifest.files) {
      const content = await this.#world.blobs.getText(file.key);
      if (content === undefined) fail(`committed, but ${file.key} is not there`);
      else if ((JSON.parse(content) as { sum: number }).sum !== wholeSum(steps)) fail(`${file.key} holds another sum`);
    }
  }

  /** Nothing of what it lost on its way keeps costing money. */
  async swept({ id, epoch }: JobRow): Promise<void> {
    const { blobs } = this.#world;
    const outputs = await blobs.list(blobKeys.allOutputs(id));
    const losing = outputs.filter(({ key }) => !key.startsWith(blobKeys.outputs(id, epoch)));
    for (const { key } of [...losing, ...(await blobs.list(blobKeys.checkpoints(id)))])
      this.#violated(`job ${id} succeeded long ago, and ${key} is still there`);
  }
}
