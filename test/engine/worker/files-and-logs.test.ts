import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyState, READY, readyMark, writeReason } from '../../../src/engine/worker/drivers/app-checkpoint.ts';
import { localFiles } from '../../../src/engine/worker/local-files.ts';
import { globRegExp } from '../../../src/engine/worker/glob.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-worker-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => path.join(folder, name);
function put(name: string, text: string): void {
  fs.mkdirSync(path.dirname(at(name)), { recursive: true });
  fs.writeFileSync(at(name), text);
}
/** As a program does it: whole, then renamed over. */
function ready(state: string): void {
  put('ckpt/.ready', state);
  fs.renameSync(at('ckpt/.ready'), at(`ckpt/${READY}`));
}

describe('a pattern', () => {
  test.each([
    ['out/*.json', ['out/a.json', 'out/.json'], ['out/a/b.json', 'out/a.jsonx', 'xout/a.json']],
    ['out/**/*.json', ['out/a.json', 'out/a/b/c.json'], ['out.json']],
    ['**', ['a', 'a/b/c'], []],
    ['a?c', ['abc'], ['a/c', 'ac']],
    ['a+(b).[c]', ['a+(b).[c]'], ['aab.c']],
  ])('%s', (pattern, matching, others) => {
    for (const name of matching) expect(globRegExp(pattern).test(name)).toBe(true);
    for (const name of others) expect(globRegExp(pattern).test(name)).toBe(false);
  });
});

describe('files', () => {
  test('are listed in order with their folders, links are not followed', async () => {
    put('job/b', '22');
    put('job/a/c', '1');
    put('secret', 'x');
    fs.symlinkSync(at('secret'), at('job/link'));
    fs.symlinkSync(folder, at('job/up'));
    expect((await localFiles.list(at('job'))).map((file) => [file.path, file.sizeBytes])).toEqual([['a/c', 1], ['b', 2]]); // prettier-ignore
  });

  test('are copied by content into an empty folder', async () => {
    put('job/a/c', 'first');
    put('copy/old', 'x');
    const copied = await localFiles.copy(await localFiles.list(at('job')), at('copy'));
    put('job/a/c', 'second');
    expect((await localFiles.list(at('copy'))).map((file) => file.path)).toEqual(['a/c']);
    expect(fs.readFileSync(copied[0]!.absolute, 'utf8')).toBe('first');
    expect(await localFiles.sha256(copied[0]!.absolute)).toBe(
      'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e',
    );
  });
});

describe('a saved state', () => {
  test('does not exist before READY', async () => {
    put('ckpt/state', '1');
    expect(await readyMark(localFiles, at('ckpt'))).toBeUndefined();
    expect(await copyState(localFiles, at('ckpt'), at('copy'))).toBeUndefined();
    expect(await readyMark(localFiles, at('nowhere'))).toBeUndefined();
  });

  test('is copied without the marks, and each READY is another', async () => {
    put('ckpt/deep/state', '1');
    ready('a');
    await writeReason(localFiles, at('ckpt'), 'wish');
    const first = await copyState(localFiles, at('ckpt'), at('copy'));
    expect(first?.files.map((file) => file.path)).toEqual(['deep/state']);
    expect(fs.readFileSync(at('ckpt/.reason'), 'utf8')).toBe('wish\n');
    ready('a');
    expect(await readyMark(localFiles, at('ckpt'))).not.toBe(first?.mark);
  });

  test('that the program replaces during the copy is never mixed with the one before', async () => {
    const parts = Array.from({ length: 40 }, (_, part) => `part${String(part).padStart(2, '0')}`);
    const save = (generation: number): void => {
      for (const part of parts) {
        put(`ckpt/.${part}`, String(generation));
        fs.renameSync(at(`ckpt/.${part}`), at(`ckpt/${part}`));
      }
      ready(String(generation));
    };
    save(0);
    let generation = 0;
    let taken = 0;
    for (let round = 0; round < 30; round++) {
      fs.rmSync(at('copy'), { recursive: true, force: true });
      let over = false;
      const copying = copyState(localFiles, at('ckpt'), at('copy')).finally(() => (over = true));
      // Saves when so much of the copy lies there.
      while (!over && !fs.existsSync(at(`copy/${parts[round]}`))) await new Promise((resolve) => setImmediate(resolve));
      save(++generation);
      const saved = await copying;
      if (saved === undefined) continue;
      taken += 1;
      const contents = new Set(saved.files.map((file) => fs.readFileSync(file.absolute, 'utf8')));
      expect(contents.size).toBe(1);
    }
    expect(taken).toBeGreaterThan(20);
  });
});

test('room that is given back reads as zeros, the length stays, and so does what comes behind', async () => {
  const size = 6 * 1024 * 1024;
  put('log', 'x'.repeat(size));
  const before = fs.statSync(at('log')).blocks;
  expect(await localFiles.free(at('log'), size - 4_096)).toBe(true);
  fs.appendFileSync(at('log'), 'more');
  const { blocks, size: now } = fs.statSync(at('log'));
  expect(now).toBe(size + 4);
  expect(blocks).toBeLessThan(before / 10);
  expect(Buffer.from(await localFiles.readBytes(at('log'), { from: size - 2, bytes: 100 })).toString()).toBe('xxmore');
  expect(Buffer.from(await localFiles.readBytes(at('log'), { from: 0, bytes: 3 }))).toEqual(Buffer.alloc(3));
  expect(await localFiles.free(at('nowhere'), 1)).toBe(false);
});
