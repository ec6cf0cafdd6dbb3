import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryBlobs } from '../../../src/aws/memory/memory-blobs.ts';
import { MemoryFiles } from '../../../src/aws/memory/memory-files.ts';
import { VirtualClock } from '../../../src/aws/memory/virtual-clock.ts';
import type { Fault } from '../../../src/engine/model/fault.ts';
import { blobKeys, parseManifest } from '../../../src/engine/protocol/blobs.ts';
import { decodeJobDocument, type JobDocument } from '../../../src/engine/protocol/job-document.ts';
import { AttemptOutputs } from '../../../src/engine/worker/attempt-outputs.ts';
import { InputCache } from '../../../src/engine/worker/input-cache.ts';
import { stageInputs } from '../../../src/engine/worker/staging.ts';
import { faultNow } from '../../support/memory-cloud.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const holder = { jobId: 'j', epoch: 2, workerId: 'w' };

let asked: string[];
let trouble: (asked: string) => Fault | undefined;
let blobs: MemoryBlobs;
let files: MemoryFiles;

beforeEach(() => {
  asked = [];
  trouble = () => undefined;
  files = new MemoryFiles();
  const disk = {
    read: async (file: string) => files.bytes(file),
    write: async (file: string, bytes: Buffer) => files.put(file, bytes),
  };
  blobs = new MemoryBlobs(
    {
      before: ({ name, target }) => {
        asked.push(`${name} ${target}`);
        return trouble(`${name} ${target}`);
      },
    },
    disk,
  );
});

function documentOf(more: object): JobDocument {
  const decoded = decodeJobDocument({ cbas: 1, run: { command: ['x'] }, ...more });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
  return decoded.value;
}

describe('inputs', () => {
  const wanted = (text: string) => ({ key: `in/${text}`, sha256: sha(text) });
  const fetches = () => asked.filter((one) => one.startsWith('getFile')).length;

  test('of several jobs that want the same are fetched once, also when they want it at once', async () => {
    const cache = new InputCache({ blobs, files }, 'cache');
    await blobs.putText('in/a', 'a');
    const staged = await Promise.all(['j1/x', 'j2/x'].map((to) => cache.stage(wanted('a'), to)));
    expect(staged).toEqual(['staged', 'staged']);
    expect(await cache.stage({ ...wanted('a'), key: 'in/another/key' }, 'j3/y')).toBe('staged');
    expect(['j1/x', 'j2/x', 'j3/y'].map((file) => files.bytes(file).toString())).toEqual(['a', 'a', 'a']);
    expect(fetches()).toBe(1);
  });

  test('that are another than was submitted, or missing, are told and not kept', async () => {
    const cache = new InputCache({ blobs, files }, 'cache');
    await blobs.putText('in/a', 'changed');
    expect(await cache.stage(wanted('a'), 'j/a')).toBe('damaged');
    expect(files.has('j/a')).toBe(false);
    expect(await cache.stage(wanted('b'), 'j/b')).toBe('missing');
    expect(cache.sizeBytes).toBe(0);
    const document = documentOf({ inputs: [{ from: 's3:in/a', to: 'a', sha256: sha('a') }] });
    await expect(stageInputs(cache, { id: 'j', document }, 'work')).rejects.toThrow(
      `input a: in/a has another content than the document says (sha256 ${sha('a')})`,
    );
  });

  test('without a hash come as they are, each time', async () => {
    const cache = new InputCache({ blobs, files }, 'cache');
    await blobs.putText('in/a', 'a');
    for (const to of ['j1/a', 'j2/a']) expect(await cache.stage({ key: 'in/a', sha256: '' }, to)).toBe('staged');
    expect(fetches()).toBe(2);
  });

  test('make room for each other: what was used longest ago goes', async () => {
    const cache = new InputCache({ blobs, files }, 'cache', 5);
    for (const text of ['aa', 'bb', 'cc']) await blobs.putText(`in/${text}`, text);
    for (const text of ['aa', 'bb', 'aa', 'cc']) expect(await cache.stage(wanted(text), `j/${text}`)).toBe('staged');
    expect(cache.sizeBytes).toBe(4);
    expect(fetches()).toBe(3);
    await cache.stage(wanted('aa'), 'j/2');
    expect(fetches()).toBe(3);
    await cache.stage(wanted('bb'), 'j/3');
    expect(fetches()).toBe(4);
  });

  test('that somebody changed on the disk are fetched again', async () => {
    const cache = new InputCache({ blobs, files }, 'cache');
    await blobs.putText('in/a', 'a');
    await cache.stage(wanted('a'), 'j/1');
    const [kept] = await files.list('cache');
    files.put(kept?.absolute ?? '', Buffer.from('x'));
    await cache.stage(wanted('a'), 'j/2');
    expect(files.bytes('j/2').toString()).toBe('a');
  });
});

describe('outputs', () => {
  let isHeld: boolean;
  let outputs: AttemptOutputs;
  const document = documentOf({
    outputs: [
      { path: 'out/*', name: 'o', send: 'running' },
      { path: 'late', name: 'l' },
    ],
  });
  const uploads = () => asked.filter((one) => one.startsWith('putFile')).map((one) => one.split('/').at(-1));
  const finish = async () => {
    const collected = await outputs.collect(document);
    await outputs.upload(collected, { workMs: 1, createdAt: 1 });
    const text = await blobs.getText(blobKeys.outputManifest('j', 2));
    return text === undefined ? undefined : parseManifest(text);
  };

  beforeEach(() => {
    isHeld = true;
    const clock = new VirtualClock(0, { pure: true });
    outputs = new AttemptOutputs({ ends: { blobs, files }, clock, holder, work: 'work', goesOn: () => isHeld });
  });

  test('go up while the program runs once they no longer change, and not again', async () => {
    files.put('work/out/a', Buffer.from('1'));
    await outputs.look(document);
    files.put('work/out/a', Buffer.from('12'));
    files.put('work/late', Buffer.from('l'));
    await outputs.look(document);
    expect(uploads()).toEqual([]);
    await outputs.look(document);
    await outputs.look(document);
    expect(uploads()).toEqual(['a']);
    files.put('work/out/b', Buffer.from('b'));
    const manifest = await finish();
    expect(uploads()).toEqual(['a', 'b', 'late']);
    expect(manifest?.files.map(({ path, sha256 }) => [path, sha256])).toEqual([
      ['out/a', sha('12')],
      ['out/b', sha('b')],
      ['late', sha('l')],
    ]);
  });

  test('that changed after they went up go up again; touched ones do not', async () => {
    for (const name of ['a', 'b']) files.put(`work/out/${name}`, Buffer.from(name));
    files.put('work/late', Buffer.from('l'));
    await outputs.look(document);
    await outputs.look(document);
    files.put('work/out/a', Buffer.from('a2'));
    files.put('work/out/b', Buffer.from('b'));
    const manifest = await finish();
    expect(uploads()).toEqual(['a', 'b', 'a', 'late']);
    expect(manifest?.files[0]).toMatchObject({ path: 'out/a', sizeBytes: 2, sha256: sha('a2') });
    expect(await blobs.getText(`${blobKeys.outputs('j', 2)}out/a`)).toBe('a2');
  });

  test('a second try sends what the first did not', async () => {
    for (const name of ['out/a', 'out/b', 'late']) files.put(`work/${name}`, Buffer.from(name));
    let failures = 1;
    trouble = (one) => (one.startsWith('putFile') && one.endsWith('/b') && failures-- > 0 ? faultNow() : undefined);
    const clock = new VirtualClock(0);
    outputs = new AttemptOutputs({ ends: { blobs, files }, clock, holder, work: 'work', goesOn: () => isHeld });
    const finished = finish();
    await clock.until(() => uploads().length === 4);
    expect((await finished)?.files).toHaveLength(3);
    expect(uploads()).toEqual(['a', 'b', 'b', 'late']);
  });

  test('stop when the job is no longer ours: no manifest names them', async () => {
    for (const name of ['out/a', 'out/b', 'late']) files.put(`work/${name}`, Buffer.from(name));
    trouble = (one) => {
      if (one.startsWith('putFile')) isHeld = false;
      return undefined;
    };
    expect(await finish()).toBeUndefined();
    expect(uploads()).toEqual(['a']);
  });
});
