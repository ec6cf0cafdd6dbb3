import { beforeEach, expect, test } from 'vitest';
import { MemoryBlobs } from '../../../src/aws/memory/memory-blobs.ts';
import { LOG_BYTES_MAX, type LogAnswer, type LogQuery } from '../../../src/engine/model/job-log.ts';
import { blobKeys, logPartKey, manifestText } from '../../../src/engine/protocol/blobs.ts';
import { readFacts } from '../../../src/engine/run/read-facts.ts';
import { readLog } from '../../../src/engine/run/read-log.ts';
import { documentOf, itemOf, tableWith } from '../../support/job-table.ts';
import { faultNow } from '../../support/memory-cloud.ts';

let asked: string[];
let isDown: boolean;
let blobs: MemoryBlobs;

beforeEach(() => {
  asked = [];
  isDown = false;
  blobs = new MemoryBlobs({
    before: ({ name, target }) => {
      asked.push(`${name} ${target}`);
      return isDown ? faultNow() : undefined;
    },
  });
});

const write = (epoch: number, stream: 'stdout' | 'stderr', text: string): Promise<unknown> =>
  blobs.putText(blobKeys.log('j', epoch, stream), text);
const read = (change: Partial<LogQuery> = {}): Promise<LogAnswer> =>
  readLog(blobs, { jobId: 'j', stream: 'stdout', epoch: undefined, known: '', bytesMax: LOG_BYTES_MAX, ...change });

test('the newest run that wrote anything is read, and earlier ones when they are asked for', async () => {
  expect(await read()).toEqual({ kind: 'nothing', epochs: [] });
  await write(2, 'stdout', 'two\n');
  await write(10, 'stdout', 'ten\n');
  await write(11, 'stderr', 'error\n');
  const epochs = [2, 10, 11];
  expect(await read()).toEqual({ kind: 'nothing', epochs });
  expect(await read({ stream: 'stderr' })).toMatchObject({ kind: 'log', epochs, tail: { epoch: 11, text: 'error\n' } });
  expect(await read({ epoch: 10 })).toMatchObject({ kind: 'log', tail: { epoch: 10, text: 'ten\n', cutBytes: 0 } });
  expect(await read({ epoch: 3 })).toEqual({ kind: 'nothing', epochs });
});

test('of a long log the end is fetched, from a whole line on, and what is missing is told', async () => {
  await write(1, 'stdout', 'aaaa\nbbbb\ncccc\n');
  expect(await read({ bytesMax: 12 })).toMatchObject({ tail: { text: 'bbbb\ncccc\n', cutBytes: 5 } });
  expect(await read({ bytesMax: 15 })).toMatchObject({ tail: { text: 'aaaa\nbbbb\ncccc\n', cutBytes: 0 } });
  await write(1, 'stdout', 'one line that never ends');
  expect(await read({ bytesMax: 10 })).toMatchObject({ tail: { text: 'never ends', cutBytes: 14 } });
  await write(1, 'stdout', `${'x'.repeat(99)}\n`.repeat(5_000));
  const answer = await read({ bytesMax: Infinity });
  expect(answer).toMatchObject({ kind: 'log' });
  if (answer.kind === 'log') expect(answer.tail.text.length).toBeLessThanOrEqual(LOG_BYTES_MAX);
});

test('where in the text each part begins, and when it came', async () => {
  const at = async (place: number, text: string): Promise<void> =>
    void (await blobs.putText(logPartKey({ jobId: 'j', epoch: 1, stream: 'stdout', from: place }), text));
  await at(0, 'one\ntwo\n');
  await at(8, 'three\n');
  await at(20, 'four\n');
  const answer = await read();
  if (answer.kind !== 'log') throw new Error('there is a log');
  const { text, parts } = answer.tail;
  expect(parts.map(({ from }) => text.slice(from))).toEqual([
    'one\ntwo\nthree\n… 6 bytes left out …\nfour\n',
    'three\n… 6 bytes left out …\nfour\n',
    'four\n',
  ]);
  for (const part of parts) expect(part.at).toBeGreaterThan(0);
  const cut = await read({ bytesMax: 13 });
  if (cut.kind !== 'log') throw new Error('there is a log');
  expect(cut.tail.parts.map(({ from }) => cut.tail.text.slice(from).split('\n')[0])).toEqual(['three', 'four']);
});

test('what the asker has is not fetched again, until it changes', async () => {
  await write(1, 'stdout', 'same size a\n');
  const first = await read();
  const known = first.kind === 'log' ? first.tail.tag : '';
  asked = [];
  expect(await read({ known })).toEqual({ kind: 'same', epochs: [1] });
  expect(asked).toEqual(['list logs/j/']);
  await write(1, 'stdout', 'same size b\n');
  expect(await read({ known })).toMatchObject({ kind: 'log', tail: { text: 'same size b\n' } });
});

test('a fault is an answer', async () => {
  isDown = true;
  expect(await read()).toEqual({ kind: 'failed', why: expect.stringContaining('planted') });
});

const document = documentOf({
  run: { command: ['sort', 'big file'] },
  bid: { maxUsdPerHour: 0.04 },
  retry: { attempts: 3 },
  outputs: [{ path: 'out/*', name: 'sorted' }],
});

test('facts are the document, the committed outputs, and the last lines of the stream that tells most', async () => {
  const store = await tableWith([]);
  const manifestKey = blobKeys.outputManifest('j', 1);
  const item = { ...itemOf({ id: 'j', at: 1, document }), state: 'FAILED', result: { exitCode: 1, manifestKey } };
  await store.putAll('jobs', [item]);
  const files = [{ path: 'out/a', key: 'out/j/e1/out/a', sizeBytes: 7, sha256: '', output: 'sorted' }];
  const manifest = { cbas: 1, kind: 'outputs', jobId: 'j', epoch: 1, generation: 0, createdAt: 1, workMs: 1, files } as const; // prettier-ignore
  await blobs.putText(manifestKey, manifestText(manifest));
  await write(1, 'stdout', '1\n2\n3\n4\n5\n\n6\n');
  expect(await readFacts({ store, blobs }, 'j')).toMatchObject({
    kind: 'facts',
    facts: {
      spec: { command: ['sort', 'big file'], maxUsdPerHour: 0.04, attemptsMax: 3, outputs: [{ name: 'sorted' }] },
      files: [{ path: 'out/a', sizeBytes: 7 }],
      fileCount: 1,
      lastLines: { stream: 'stdout', lines: ['2', '3', '4', '5', '6'] },
    },
  });
  await write(1, 'stderr', 'out of memory\n');
  await blobs.putText(manifestKey, manifestText({ ...manifest, jobId: 'another' }));
  expect(await readFacts({ store, blobs }, 'j')).toMatchObject({
    facts: { files: [], fileCount: 0, lastLines: { stream: 'stderr', lines: ['out of memory'] } },
  });
});

test('a job that is gone, one of a newer version, and one that cannot be read', async () => {
  const store = await tableWith([]);
  expect(await readFacts({ store, blobs }, 'j')).toEqual({ kind: 'missing' });
  await store.putAll('jobs', [{ ...itemOf({ id: 'j', at: 1 }), document: { cbas: 2 } }]);
  expect(await readFacts({ store, blobs }, 'j')).toMatchObject({ kind: 'facts', facts: { spec: undefined } });
  isDown = true;
  expect(await readFacts({ store, blobs }, 'j')).toMatchObject({
    kind: 'facts',
    facts: { lastLines: { lines: [], why: expect.stringContaining('planted') } },
  });
});
