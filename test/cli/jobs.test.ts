import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folderName } from '../../src/cli/commands/get.ts';
import { goneWord } from '../../src/cli/commands/logs.ts';
import { blobKeys, logPartKey } from '../../src/engine/protocol/blobs.ts';
import { appeared, cbas, submitted, type TestDeployment, testDeployment } from './deployment.ts';
import { endedJob, type Ending, runJob, WORKER } from './finished-job.ts';

let deployment: TestDeployment;
let running: string;
let done: string;

const RECORD = { book: 'pi', key: 'k', value: { n: 4, sum: 10, sumSq: 30 } };

async function finished(name: string, ending: Ending): Promise<string> {
  const id = await submitted(name);
  await endedJob(deployment.wired, await runJob(deployment.wired, id), ending);
  return id;
}

beforeAll(async () => {
  deployment = await testDeployment();
  await submitted('waits');
  running = await submitted('runs');
  await runJob(deployment.wired, running);
  done = await finished('is-done', { files: { 'out/a.json': '{}', 'out/b/c.txt': 'text' }, record: RECORD });
  await finished('is-broken', { exitCode: 3 });
});
afterAll(() => deployment.close());

describe('jobs', () => {
  test('a table, oldest first, with what each waits for', async () => {
    const { code, stdout, stderr } = await cbas('jobs');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^state +name +job +age +done +at risk +cost +worker +why$/);
    expect(rows.map((row) => row.split(/ +/).slice(0, 2))).toEqual([
      ['RUNNABLE', 'waits'],
      ['RUNNING', 'runs'],
      ['SUCCEEDED', 'is-done'],
      ['FAILED', 'is-broken'],
    ]);
    expect(rows[0]).toContain('no worker, and no master is running to launch one');
    expect(rows[1]).toMatch(new RegExp(`40% +1m30s .* ${WORKER}`));
    expect(rows[3]).toContain('ended with 3');
    expect(stdout).not.toContain('\u001b');
  });

  test('JSON is one array, with times in ISO and null where there is nothing', async () => {
    const rows = JSON.parse((await cbas('jobs', '--json')).stdout);
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatchObject({ name: 'waits', worker: null, startedAt: null, progressPct: null, result: null });
    expect(rows[1]).toMatchObject({ id: running, worker: WORKER, progressPct: 40, atRiskMs: 90_000, epoch: 1 });
    expect(rows[2]).toMatchObject({ state: 'SUCCEEDED', progressPct: 100, record: RECORD, costUsd: 0.01 });
    expect(new Date(rows[1].submittedAt).toISOString()).toBe(rows[1].submittedAt);
  });

  test('by state, by name, the newest so many', async () => {
    const names = async (...args: string[]) =>
      JSON.parse((await cbas('jobs', '--json', ...args)).stdout).map(({ name }: { name: string }) => name);
    expect(await names('--state', 'failed,Running')).toEqual(['runs', 'is-broken']);
    expect(await names('--name', 'is-*')).toEqual(['is-done', 'is-broken']);
    expect(await names('--name', 'is')).toEqual([]);
    expect(await names('--name', 'r?ns')).toEqual(['runs']);
    expect(await names('--limit', '1')).toEqual(['is-broken']);
    expect(await names('--filter', 'is- !state:fail')).toEqual(['is-done']);
    expect(await names('--filter', 'risk>1m progress<50%')).toEqual(['runs']);
    expect(await names('--filter', '/^is/ cost>0')).toEqual(await names('--name', 'is-*', '--filter', 'cost>0'));
    const wrong = await cbas('jobs', '--filter', 'weight>3');
    expect([wrong.code, wrong.stderr]).toEqual([2, `cbas: --filter 'weight>3': there is no column "weight"\n`]);
    const cut = await cbas('jobs', '--limit', '2');
    expect(cut.stderr).toContain('the newest 2 of 4');
  });

  test.each([
    [['jobs', '--state', 'sleeping'], /--state SLEEPING: expected BLOCKED/],
    [['jobs', '--limit', '0'], /--limit 0: expected a whole number/],
    [['jobs', '--limit', '1e3'], /whole number/],
    [['jobs', 'extra'], /too many arguments/],
    [['jbos'], /Did you mean jobs|unknown command/],
    [['jobs', '--deployment', 'other'], /say --region/],
  ] as const)('%j is wrong usage', async (args, message) => {
    const { code, stdout, stderr } = await cbas(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('job', () => {
  test('is found by id, by its beginning or end, by the cut that tables show, and by name', async () => {
    for (const asked of [done, done.slice(0, 30), done.slice(-6), `…${done.slice(-6)}`, done.toUpperCase(), 'is-done'])
      expect(JSON.parse((await cbas('job', asked, '--json')).stdout).id).toBe(done);
  });

  test('tells everything', async () => {
    const { stdout } = await cbas('job', 'is-done');
    expect(stdout).toMatch(/^state +SUCCEEDED for /m);
    expect(stdout).toMatch(/^result +exit code 0$/m);
    expect(stdout).toMatch(/^record +pi \/ k: \{"n":4,"sum":10,"sumSq":30\}$/m);
    expect(stdout).toMatch(/^o +out\/b\/c\.txt +4 B$/m);
    const detail = JSON.parse((await cbas('job', 'runs', '--json')).stdout);
    expect(detail).toMatchObject({ progressPct: 40, document: { run: { command: ['true'] } }, outputs: [] });
    expect(detail.heartbeatAt).toMatch(/Z$/);
  });

  test('unknown: 3; ambiguous: 2 with the candidates', async () => {
    expect(await cbas('job', 'nobody')).toMatchObject({ code: 3, stdout: '' });
    // Too short to mean anything, though it is the end of some id.
    expect((await cbas('job', done.slice(-3))).code).toBe(3);
    const [a, b] = [await submitted('twin'), await submitted('twin')];
    const { code, stderr } = await cbas('job', 'twin');
    expect(code).toBe(2);
    expect(stderr).toContain(a);
    expect(stderr).toContain(b);
  });
});

describe('text that somebody else wrote', () => {
  const name = 'a\u202eb\u009b31mc\u200bd';

  test('never reaches the terminal as it is; JSON names it', async () => {
    await submitted(name);
    const id = await appeared(deployment.wired, name);
    for (const args of [['jobs'], ['job', id]]) {
      const { stdout } = await cbas(...args);
      expect(stdout).not.toMatch(/[\u0080-\u009f\u200b\u202e\u001b]/);
      expect(stdout).toContain('a\ufffdb\ufffd31mc\ufffdd');
    }
    const { stdout } = await cbas('jobs', '--json');
    expect(stdout).not.toMatch(/[\u0080-\u009f\u200b\u202e]/);
    expect(JSON.parse(stdout).at(-1).name).toBe(name);
  });
});

describe('get', () => {
  const into = (folder: string) => path.join(deployment.home, folder);

  test('writes what the manifest names, and tells it', async () => {
    const { code, stdout } = await cbas('get', 'is-done', '--to', into('got'));
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(fs.readFileSync(into('got/out/b/c.txt'), 'utf8')).toBe('text');
    expect(fs.readdirSync(into('got'))).toEqual(['out']);
    // Again, over what is there.
    const again = await cbas('get', 'is-done', '--to', into('got'), '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ id: done, failed: [] });
  });

  test('nothing to get: 3', async () => {
    expect((await cbas('get', 'waits')).stderr).toContain('waits is RUNNABLE and has no outputs');
    const wrong = await cbas('get', 'is-done', '--output', 'x', '--to', into('none'));
    expect(wrong).toMatchObject({ code: 3, stdout: '' });
    expect(wrong.stderr).toContain('it has: o');
    expect(fs.existsSync(into('none'))).toBe(false);
  });

  test('what was changed on the way is not written under its name', async () => {
    const forged = (file: { path: string }) => (file.path === 'b' ? { sha256: '0'.repeat(64) } : file.path === 'c' ? { sizeBytes: 9 } : {}); // prettier-ignore
    await finished('forged', { files: { a: '1', b: '2', c: '3' }, forge: (file) => ({ ...file, ...forged(file) }) });
    const { code, stderr } = await cbas('get', 'forged', '--to', into('forged'));
    expect(code).toBe(6);
    expect(stderr).toMatch(/b: has another content/);
    expect(stderr).toMatch(/c: has 1 bytes instead of 9/);
    expect(fs.readdirSync(into('forged'))).toEqual(['a']);
  });

  test.each([
    ['a path that climbs', { path: '../../x' }],
    ['an absolute path', { path: '/tmp/x' }],
    ['another job’s file', { key: 'in/other/secret' }],
  ])('a manifest with %s is refused as a whole', async (what, change) => {
    await finished(what, { files: { a: '1' }, forge: (file) => ({ ...file, ...change }) });
    const { code, stderr } = await cbas('get', what, '--to', into('refused'));
    expect(code).toBe(1);
    expect(stderr).toContain('is damaged, or not of this job');
    expect(fs.existsSync(into('refused'))).toBe(false);
  });

  test('a link in the folder leads nobody out of it', async () => {
    fs.mkdirSync(into('outside'));
    fs.mkdirSync(into('linked'));
    fs.symlinkSync(into('outside'), into('linked/out'));
    const { code, stderr } = await cbas('get', 'is-done', '--to', into('linked'));
    expect(code).toBe(1);
    expect(stderr).toContain('a link leads out of the folder');
    expect(fs.readdirSync(into('outside'))).toEqual([]);
  });

  test.each([
    ['pi-017', 'pi-017'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['.ssh', 'ssh'],
    ['-rf', 'rf'],
    ['a b\u001b', 'a_b_'],
    ['..', 'id'],
    ['', 'id'],
  ])('the folder of a job named %j is %j', (name, folder) => {
    expect(folderName({ id: 'id', name })).toBe(folder);
  });
});

describe('logs', () => {
  const put = (epoch: number, stream: 'stdout' | 'stderr', text: string) =>
    deployment.wired.blobs.putText(blobKeys.log(running, epoch, stream), text);

  test('of the newest epoch that wrote something, safe for a terminal', async () => {
    expect((await cbas('logs', 'runs')).code).toBe(3);
    await put(1, 'stdout', 'old\n');
    await put(2, 'stdout', 'new\t\u001b[31mred\r\n50%\r100%');
    await put(3, 'stderr', 'oops\n');
    expect(await cbas('logs', 'runs')).toEqual({ code: 0, stdout: 'new\t^[[31mred\n50%\n100%\n', stderr: '' });
    expect((await cbas('logs', 'runs', '--raw')).stdout).toBe('new\t\u001b[31mred\r\n50%\r100%\n');
    expect((await cbas('logs', 'runs', '--epoch', '1')).stdout).toBe('old\n');
    expect((await cbas('logs', 'runs', '--stderr')).stdout).toBe('oops\n');
    expect((await cbas('logs', 'runs', '--epoch', '9')).code).toBe(3);
    expect((await cbas('logs', 'runs', '--epoch', 'x')).code).toBe(2);
    expect(JSON.parse((await cbas('logs', 'runs', '--json')).stdout)).toMatchObject({ epoch: 2, stream: 'stdout' });
  });

  test('following a job ends when it has ended', async () => {
    const id = await submitted('followed');
    const row = await runJob(deployment.wired, id);
    await deployment.wired.blobs.putText(blobKeys.log(id, 1, 'stdout'), 'one\n');
    const following = cbas('logs', 'followed', '--follow');
    await deployment.wired.blobs.putText(blobKeys.log(id, 1, 'stdout'), 'one\ntwo');
    await endedJob(deployment.wired, row, {});
    expect(await following).toMatchObject({ code: 0, stdout: 'one\ntwo\n' });
  });

  test('a line stands for what was left out, and parts of a log are one text', async () => {
    const id = await submitted('parts');
    const part = (from: number, text: string) =>
      deployment.wired.blobs.putText(logPartKey({ jobId: id, epoch: 1, stream: 'stdout', from }), text);
    await part(0, 'begin\nmid');
    await part(9, 'dle\n');
    await part(1_013, 'end\n');
    const text = 'begin\nmiddle\n… 1000 bytes left out …\nend\n';
    expect((await cbas('logs', 'parts')).stdout).toBe(text);
    const told = JSON.parse((await cbas('logs', 'parts', '--json')).stdout) as { newestAt: string; text: string };
    expect(told.text).toBe(text);
    expect(Date.parse(told.newestAt)).toBeGreaterThan(0);
  });

  test('who follows a job whose worker is gone is told how old the newest part is', async () => {
    const id = await submitted('orphaned');
    const row = await runJob(deployment.wired, id);
    const at = Date.now();
    const part = { key: '', epoch: row.epoch, stream: 'stdout', from: 0, to: 1, tag: '', changedAt: at } as const;
    expect(await goneWord(deployment.wired, row, [part])).toBeUndefined();
    const old = { ...part, changedAt: at - 90_000 };
    expect(await goneWord(deployment.wired, row, [old])).toMatch(
      `-- its worker ${row.leaseOwner} is gone; the newest part of the log is 1m30s old --`,
    );
    expect(await goneWord(deployment.wired, { ...row, epoch: row.epoch + 1 }, [old])).toMatch('-- this run is over;');
    expect(await goneWord(deployment.wired, row, [])).toBeUndefined();
  });
});
