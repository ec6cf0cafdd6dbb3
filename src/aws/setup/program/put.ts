import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { BlobInfo, BlobStore } from '../../../engine/model/blob-store.ts';
import type { ProgramPin } from '../../../engine/protocol/manifest-item.ts';
import { BUNDLE_FOLDER, type PackedProgram } from './pack.ts';

export type PutOutcome = 'exists' | 'created' | 'renewed';

/**
 * Puts what is not in the bucket yet, or not as it should be. A key carries the hash of what it holds, so that another version never
 * takes the place of one that workers start with.
 */
export async function putProgram(
  blobs: BlobStore,
  { bodies }: PackedProgram,
): Promise<readonly { readonly key: string; readonly outcome: PutOutcome }[]> {
  const there = new Map((await blobs.list(BUNDLE_FOLDER)).map((info) => [info.key, info]));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-program-'));
  try {
    const outcomes: { key: string; outcome: PutOutcome }[] = [];
    for (const { pin, md5, body } of bodies) {
      const { key } = pin;
      const found = there.get(key);
      const isWhole = found !== undefined && !isDamaged(found, { ...pin, md5 });
      if (!isWhole) await blobs.putFile(key, typeof body === 'string' ? body : written(folder, body));
      outcomes.push({ key, outcome: isWhole ? 'exists' : found === undefined ? 'created' : 'renewed' });
    }
    return outcomes;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function written(folder: string, body: Buffer): string {
  const file = path.join(folder, 'archive');
  fs.writeFileSync(file, body);
  return file;
}

/** S3's tag is the MD5 of what was put at once, without a key of one's own; any other tag says nothing of the contents. */
function isDamaged({ sizeBytes, tag }: BlobInfo, pin: ProgramPin & { readonly md5?: string }): boolean {
  if (sizeBytes !== pin.sizeBytes) return true;
  const md5 = tag.replaceAll('"', '');
  return pin.md5 !== undefined && /^[0-9a-f]{32}$/.test(md5) && md5 !== pin.md5;
}

/** Which of the pinned objects are not in the bucket, or have another size. Their hashes the workers check. */
export async function missingPins(blobs: BlobStore, pins: readonly ProgramPin[]): Promise<readonly string[]> {
  if (pins.length === 0) return [];
  const there = new Map((await blobs.list(BUNDLE_FOLDER)).map((info) => [info.key, info]));
  return pins
    .filter((pin) => {
      const found = there.get(pin.key);
      return found === undefined || isDamaged(found, pin);
    })
    .map(({ key }) => key);
}
