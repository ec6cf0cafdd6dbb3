import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryBlobs } from '../../../src/aws/memory/memory-blobs.ts';
import { MemoryFiles } from '../../../src/aws/memory/memory-files.ts';
import { VirtualClock } from '../../../src/aws/memory/virtual-clock.ts';
import type { Fault } from '../../../src/engine/model/fault.ts';
import { blobKeys, logPartKey } from '../../../src/engine/protocol/blobs.ts';
import { logParts } from '../../../src/engine/protocol/log-parts.ts';
import { logTexts, readLog } from '../../../src/engine/run/read-log.ts';
import { AttemptLogs } from '../../../src/engine/worker/job-log.ts';
import { StreamLog } from '../../../src/engine/worker/stream-log.ts';
import { faultNow } from '../../support/memory-cloud.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const holder = { jobId: 'j', epoch: 3, workerId: 'w' };

let puts: string[];
let fault: Fault | undefined;
let blobs: MemoryBlobs;
let files: MemoryFiles;

beforeEach(() => {
  puts = [];
  fault = undefined;
  blobs = new MemoryBlobs({
    before: ({ name, target }) => {
      if (name === 'putBytes') puts.push(target);
      return fault;
    },
  });
  files = new MemoryFiles();
});

const logOf = (bytesMax: number): StreamLog =>
  new StreamLog({ blobs, files, holder, stream: 'stdout', file: 'out', bytesMax });

async function kept(): Promise<string> {
  let text = '';
  for await (const part of logTexts(blobs, logParts(await blobs.list(blobKeys.logs('j'))))) text += part.text;
  return text;
}

async function keptBytes(): Promise<number> {
  return (await blobs.list('logs/')).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

const append = (text: string | Uint8Array): void => {
  const before = files.has('out') ? files.bytes('out') : Buffer.alloc(0);
  files.put('out', Buffer.concat([before, Buffer.from(text)]));
};

describe('a log', () => {
  test('grows in one part while it is small, and is not sent while nothing is new', async () => {
    const log = logOf(8 * MIB);
    expect(await log.ship(false)).toBe(0);
    append('one\n');
    expect(await log.ship(false)).toBe(4);
    expect(await log.ship(false)).toBe(0);
    append('two\n');
    expect(await log.ship(false)).toBe(4);
    expect(puts).toEqual([blobKeys.log('j', 3, 'stdout'), blobKeys.log('j', 3, 'stdout')]);
    expect(await kept()).toBe('one\ntwo\n');
  });

  test('that comes faster is cut into parts that are written once each', async () => {
    const log = logOf(64 * MIB);
    append('x'.repeat(3 * MIB + 10));
    await log.ship(false);
    append('y'.repeat(MIB));
    await log.ship(false);
    expect(new Set(puts).size).toBeGreaterThanOrEqual(4);
    expect(await kept()).toBe('x'.repeat(3 * MIB + 10) + 'y'.repeat(MIB));
    for (const { sizeBytes } of await blobs.list('logs/')) expect(sizeBytes).toBeLessThanOrEqual(MIB);
  });

  test('of 50 MB at once keeps its beginning and its end, and says how much is missing', async () => {
    const log = logOf(MIB);
    append('BEGIN\n');
    append('x\n'.repeat(25 * MIB));
    append('END\n');
    await log.ship(true);
    const text = await kept();
    expect(text.startsWith('BEGIN\n')).toBe(true);
    expect(text.endsWith('x\nEND\n')).toBe(true);
    const gap = Number(/… (\d+) bytes left out …/.exec(text)?.[1]);
    expect(gap + (await keptBytes())).toBe(50 * MIB + 10);
    expect(await keptBytes()).toBeLessThan(1.5 * MIB);
  });

  test('that goes on and on stays within its bound, and follows its end', async () => {
    const log = logOf(MIB);
    for (let round = 0; round < 60; round++) {
      append(`${String(round).padStart(99, '.')}\n`.repeat(1_000));
      await log.ship(false);
      expect(await keptBytes()).toBeLessThan(1.5 * MIB);
      expect((await kept()).endsWith(`.${round}\n`)).toBe(true);
    }
    expect(await kept()).toMatch(/^\.+0\n[^]*\.59\n… \d+ bytes left out …\n|left out/);
    expect((await kept()).startsWith(`${'0'.padStart(99, '.')}\n`)).toBe(true);
  });

  test('is taken off the disk as far as it was sent', async () => {
    const log = logOf(64 * MIB);
    append('a'.repeat(5 * MIB));
    await log.ship(false);
    append('b'.repeat(5 * MIB));
    await log.ship(false);
    expect(files.bytes('out').subarray(0, 4 * MIB).every((byte) => byte === 0)).toBe(true); // prettier-ignore
    expect(
      files
        .bytes('out')
        .subarray(-64 * KIB)
        .every((byte) => byte === 98),
    ).toBe(true);
    expect(await kept()).toBe('a'.repeat(5 * MIB) + 'b'.repeat(5 * MIB));
  });

  test('of a memory that was brought back begins where its disk still has it', async () => {
    const log = logOf(64 * MIB);
    append(Buffer.alloc(2 * MIB + 4_096));
    append('goes on\n');
    await log.ship(true);
    expect(await kept()).toBe(`… ${2 * MIB + 4_096} bytes left out …\ngoes on\n`);
  });

  test('what S3 refused is sent the next time, and nothing twice', async () => {
    const log = logOf(8 * MIB);
    append('first\n');
    fault = faultNow();
    await expect(log.ship(false)).rejects.toThrow();
    fault = undefined;
    append('second\n');
    await log.ship(false);
    expect(await kept()).toBe('first\nsecond\n');
  });

  test('however it is written, what arrives is what was written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.uint8Array({ maxLength: 20, min: 128 })), { maxLength: 12 }), // prettier-ignore
        async (pieces) => {
          [blobs, files] = [new MemoryBlobs(), new MemoryFiles()];
          const log = logOf(8 * MIB);
          for (const piece of pieces) {
            append(piece);
            await log.ship(false);
          }
          await log.ship(true);
          const all = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
          expect(await keptBytes()).toBe(all.length);
          const parts = logParts(await blobs.list('logs/'));
          let place = 0;
          for (const { from, to } of parts) {
            expect(from).toBe(place);
            place = to;
          }
        },
      ),
    );
  });

  test('a character that is half written waits for its end', async () => {
    const log = logOf(8 * MIB);
    const euro = Buffer.from('€');
    append(Buffer.concat([Buffer.from('a'), euro.subarray(0, 2)]));
    await log.ship(false);
    expect(await kept()).toBe('a');
    append(euro.subarray(2));
    await log.ship(false);
    expect(await kept()).toBe('a€');
    append(euro.subarray(0, 1));
    await log.ship(true);
    expect(await keptBytes()).toBe(5);
  });
});

test('a reader sees the end of all parts together, and how old the newest is', async () => {
  const write = (from: number, text: string) =>
    blobs.putText(logPartKey({ jobId: 'j', epoch: 3, stream: 'stdout', from }), text);
  await write(0, 'aaaa\nbb');
  await write(7, 'bb\ncccc\n');
  await write(1_015, 'dddd\n');
  const read = (bytesMax: number) =>
    readLog(blobs, { jobId: 'j', stream: 'stdout', epoch: undefined, known: '', bytesMax });
  expect(await read(100_000)).toMatchObject({
    tail: { text: 'aaaa\nbbbb\ncccc\n… 1000 bytes left out …\ndddd\n', cutBytes: 0 },
  });
  expect(await read(10)).toMatchObject({ tail: { text: '… 1000 bytes left out …\ndddd\n', cutBytes: 15 } });
  const answer = await read(5);
  expect(answer).toMatchObject({ tail: { text: 'dddd\n', cutBytes: 1_015 } });
  if (answer.kind === 'log') expect(Math.abs(answer.tail.newestAt - Date.now())).toBeLessThan(60_000);
});

test('a program that writes fast is looked at more often, a quiet one in its time', async () => {
  const clock = new VirtualClock(0);
  const logs = new AttemptLogs({ blobs, files, folders: { stdout: 'out', stderr: 'err' }, holder, bytesMax: 64 * MIB });
  const over = new AbortController();
  const looks: number[] = [];
  const facts = files.facts.bind(files);
  files.facts = (file) => {
    if (file === 'out') looks.push(clock.monotonicMs());
    if (looks.length === 2 && file === 'out') append('x'.repeat(20 * MIB));
    return facts(file);
  };
  const keeping = logs.keep(clock, { everyMs: 10_000, signal: over.signal });
  await clock.advance(31_000);
  over.abort();
  await keeping;
  const gaps = looks.slice(1).map((at, number) => at - looks[number]!);
  expect(gaps[0]).toBe(10_000);
  expect(gaps[1]).toBe(1_000);
  expect(gaps[2]).toBe(10_000);
});
