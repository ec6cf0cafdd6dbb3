import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { ConformanceCase } from './context.ts';

/** Larger than one part or one buffer of any layer in between. */
const LARGE_BYTES = 9 * 1024 * 1024 + 7;
/** Goes in parts, the last of them a short one. */
const PARTS_BYTES = 33 * 1024 * 1024 + 5;

export const BLOB_CASES: readonly ConformanceCase[] = [
  {
    port: 'blobs',
    operation: 'PutObject',
    name: 'text reads back, is replaced, and what is not there is nothing',
    run: async ({ blobs, unique }) => {
      const key = unique('a/ü +&?#%.txt');
      assert.equal(await blobs.getText(key), undefined);
      assert.equal(await blobs.putText(key, 'ü€😀\n'), 'written');
      assert.equal(await blobs.getText(key), 'ü€😀\n');
      await blobs.putText(key, '');
      assert.equal(await blobs.getText(key), '');
    },
  },
  {
    port: 'blobs',
    operation: 'PutObject If-None-Match',
    name: 'only if absent: one of many at once wins',
    run: async ({ blobs, unique }) => {
      const key = unique('once');
      const puts = await Promise.all(
        ['a', 'b', 'c', 'd'].map((text) => blobs.putText(key, text, { onlyIfAbsent: true })),
      );
      assert.equal(puts.filter((put) => put === 'written').length, 1);
      const stands = await blobs.getText(key);
      assert.equal(await blobs.putText(key, 'later', { onlyIfAbsent: true }), 'exists');
      assert.equal(await blobs.getText(key), stands);
    },
  },
  {
    port: 'blobs',
    operation: 'GetObject Range',
    name: 'the tail begins at a whole character, and tells how much there is',
    run: async ({ blobs, unique }) => {
      const key = unique('tail');
      assert.equal(await blobs.getTail(key, 10), undefined);
      await blobs.putText(key, '');
      assert.deepEqual(await blobs.getTail(key, 10), { text: '', sizeBytes: 0 });
      await blobs.putText(key, 'a😀ü\n');
      assert.deepEqual(await blobs.getTail(key, 10), { text: 'a😀ü\n', sizeBytes: 8 });
      assert.deepEqual(await blobs.getTail(key, 8), { text: 'a😀ü\n', sizeBytes: 8 });
      assert.deepEqual(await blobs.getTail(key, 7), { text: '😀ü\n', sizeBytes: 8 });
      for (const cut of [6, 5, 4, 3]) assert.deepEqual(await blobs.getTail(key, cut), { text: 'ü\n', sizeBytes: 8 });
      assert.deepEqual(await blobs.getTail(key, 2), { text: '\n', sizeBytes: 8 });
    },
  },
  {
    port: 'blobs',
    operation: 'ListObjectsV2',
    name: 'a tag is another when the contents are, at the same size',
    run: async ({ blobs, unique }) => {
      const prefix = unique('tag/');
      const tag = async (text: string): Promise<string | undefined> => {
        await blobs.putText(`${prefix}x`, text);
        return (await blobs.list(prefix))[0]?.tag;
      };
      const first = await tag('abc');
      assert.ok(first);
      assert.notEqual(await tag('abd'), first);
      assert.equal(await tag('abc'), first);
    },
  },
  ...[0, 1, LARGE_BYTES].map((sizeBytes): ConformanceCase => ({
    port: 'blobs',
    operation: 'GetObject',
    name: `a file of ${sizeBytes} bytes comes back byte for byte`,
    run: async ({ blobs, folder, unique }) => {
      const key = unique('file');
      const bytes = Buffer.alloc(sizeBytes, 'abc\u0000\r\n\u00ff');
      fs.writeFileSync(path.join(folder, 'from'), bytes);
      await blobs.putFile(key, path.join(folder, 'from'));
      const into = path.join(folder, 'deep', 'into');
      assert.equal(await blobs.getFile(key, into), 'written');
      assert.ok(fs.readFileSync(into).equals(bytes));
      assert.deepEqual(fs.readdirSync(path.dirname(into)), ['into']);
    },
  })),
  {
    port: 'blobs',
    operation: 'UploadPart',
    name: 'a file in parts that was stopped goes on later, and comes back byte for byte',
    run: async ({ blobs, folder, unique }) => {
      const key = unique('parts');
      const bytes = Buffer.alloc(PARTS_BYTES, 'parts of a whole\n');
      const from = path.join(folder, 'large');
      fs.writeFileSync(from, bytes);
      let parts = 0;
      const first = await blobs.putFile(key, from, () => ++parts <= 1);
      if (first === 'stopped') {
        assert.equal(await blobs.getText(key), undefined);
        const [pending] = (await blobs.pendingUploads()).filter((upload) => upload.key === key);
        assert.ok(pending !== undefined && Math.abs(pending.beganAt - Date.now()) < 10 * 60_000);
        assert.equal(await blobs.putFile(key, from), 'written');
      }
      const into = path.join(folder, 'large.again');
      assert.equal(await blobs.getFile(key, into), 'written');
      assert.ok(fs.readFileSync(into).equals(bytes));
      assert.ok(!(await blobs.pendingUploads()).some((upload) => upload.key === key));
    },
  },
  {
    port: 'blobs',
    operation: 'AbortMultipartUpload',
    name: 'an upload that was begun can be aborted, and again',
    run: async ({ blobs, folder, unique }) => {
      const key = unique('aborted');
      const from = path.join(folder, 'aborted');
      fs.writeFileSync(from, Buffer.alloc(PARTS_BYTES));
      if ((await blobs.putFile(key, from, () => false)) === 'written') return;
      const mine = async () => (await blobs.pendingUploads()).filter((upload) => upload.key === key);
      const [pending] = await mine();
      assert.ok(pending);
      await blobs.abortUpload(pending);
      await blobs.abortUpload(pending);
      assert.deepEqual(await mine(), []);
    },
  },
  {
    port: 'blobs',
    operation: 'PutObject',
    name: 'bytes are stored as they are, and the list tells when',
    run: async ({ blobs, unique }) => {
      const key = unique('bytes');
      await blobs.putBytes(key, Buffer.from([0x61, 0xe2, 0x82]));
      const [info] = await blobs.list(key);
      assert.equal(info?.sizeBytes, 3);
      assert.ok(Math.abs((info?.changedAt ?? 0) - Date.now()) < 10 * 60_000);
    },
  },
  {
    port: 'blobs',
    operation: 'GetObject',
    name: 'of what is not there leaves no file',
    run: async ({ blobs, folder, unique }) => {
      const into = path.join(folder, 'missing', 'file');
      assert.equal(await blobs.getFile(unique('none'), into), 'missing');
      assert.equal(fs.existsSync(into), false);
    },
  },
  {
    port: 'blobs',
    operation: 'ListObjectsV2',
    name: 'tells keys and sizes below a prefix, in order, beyond one page',
    run: async ({ blobs, unique }) => {
      const prefix = unique('list/');
      const names = Array.from({ length: 1_003 }, (_, at) => `${prefix}${String(at).padStart(4, '0')}`);
      for (let at = 0; at < names.length; at += 50)
        await Promise.all(names.slice(at, at + 50).map((name) => blobs.putText(name, 'abc')));
      await blobs.putText(`${prefix.slice(0, -1)}!`, 'other');
      const found = await blobs.list(prefix);
      assert.deepEqual(found.map(({ key }) => key), names); // prettier-ignore
      assert.ok(found.every(({ sizeBytes }) => sizeBytes === 3));
      await blobs.delete(names);
      assert.deepEqual(await blobs.list(prefix), []);
    },
  },
  {
    port: 'blobs',
    operation: 'DeleteObjects',
    name: 'deletes what is named, and may be repeated',
    run: async ({ blobs, unique }) => {
      const [kept, gone] = [unique('kept'), unique('gone&<>')];
      await Promise.all([kept, gone].map((key) => blobs.putText(key, 'x')));
      await blobs.delete([gone]);
      await blobs.delete([gone]);
      await blobs.delete([]);
      assert.deepEqual([await blobs.getText(kept), await blobs.getText(gone)], ['x', undefined]);
    },
  },
];
