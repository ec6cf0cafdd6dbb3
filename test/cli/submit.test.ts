import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobItemOf } from '../../src/engine/protocol/job-item.ts';
import { appeared, cbas, type TestDeployment, testDeployment } from './deployment.ts';
import { endedJob, runJob } from './finished-job.ts';

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await testDeployment();
});
afterAll(() => deployment.close());

const RUN = { run: { command: ['true'] } };

function file(name: string, content: unknown): string {
  const at = path.join(deployment.home, name);
  fs.writeFileSync(at, typeof content === 'string' ? content : JSON.stringify(content));
  return at;
}

async function documentOf(id: string) {
  return jobItemOf((await deployment.wired.store.get('jobs', id)) ?? {})?.document;
}

describe('what is submitted', () => {
  test('one document, a list, and one on each line; ids come in the order of the files', async () => {
    const one = file('one.json', { cbas: 1, name: 'one', ...RUN });
    const list = file('list.json', [{ cbas: 1, name: 'two', ...RUN }, { cbas: 1, name: 'three', ...RUN }]); // prettier-ignore
    const lines = file('lines.jsonl', `\uFEFF{"cbas":1,"name":"four","run":{"command":["true"]}}\r\n\n{"cbas":1,"name":"five","run":{"command":["true"]}}\n`); // prettier-ignore
    const { code, stdout, stderr } = await cbas('submit', one, list, lines);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const ids = stdout.trim().split('\n');
    const names = await Promise.all(ids.map(async (id) => ((await documentOf(id)) as { name: string }).name));
    expect(names).toEqual(['one', 'two', 'three', 'four', 'five']);
  });

  test('a command after --, options of its own included', async () => {
    const { code, stdout } = await cbas('submit', '--json', '--', '/bin/echo', '--wait', 'a b');
    expect(code).toBe(0);
    const [{ id, name }] = JSON.parse(stdout);
    expect(name).toBe('echo');
    expect(await documentOf(id)).toMatchObject({ owner: 'ana', run: { command: ['/bin/echo', '--wait', 'a b'] } });
  });

  test('inputs lie beside the document, wherever the verb is called', async () => {
    fs.mkdirSync(path.join(deployment.home, 'sub'));
    file('sub/data.txt', 'data');
    const document = file('sub/job.json', { cbas: 1, ...RUN, inputs: [{ from: 'file:data.txt', to: 'in.txt' }] });
    const { stdout } = await cbas('submit', document);
    expect(await deployment.wired.blobs.getText(`in/${stdout.trim()}/in.txt`)).toBe('data');
  });

  test('a dry run prints the whole document and submits nothing', async () => {
    const before = (await cbas('jobs', '--json')).stdout;
    const { code, stdout } = await cbas('submit', '--dry-run', '--', 'true');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'true', queue: 'default', retry: { attempts: 1 } });
    expect((await cbas('jobs', '--json')).stdout).toBe(before);
  });
});

describe('what is refused, with the place of the error', () => {
  const long = 'x'.repeat(30_000);
  const rows: readonly (readonly [what: string, content: unknown, message: RegExp])[] = [
    ['not JSON', '{"cbas": 1,', /bad\.json: is not JSON: /],
    ['nothing', ' \n', /bad\.json: is empty/],
    ['an empty list', '[]', /holds no job document/],
    ['a number', '17', /bad\.json: the document: expected an object/],
    ['a member that is not known', { cbas: 1, rum: {}, ...RUN }, /bad\.json: rum: is not known here; did you mean run\?/],
    ['the second of a list', [{ cbas: 1, ...RUN }, { cbas: 2, ...RUN }], /bad\.json\[1\]: cbas: must be 1, found 2/],
    ['the third line', `{"cbas":1,"run":{"command":["a"]}}\n\n{"cbas":1}\n`, /bad\.json line 3: run: is missing/],
    ['a line that is not JSON', `{"cbas":1,"run":{"command":["a"]}}\nnope\n`, /bad\.json line 2: is not JSON/],
    ['a name that would act on a terminal', { cbas: 1, name: 'a\u001b]0;x\u0007', ...RUN }, /name: .* must not have control characters/],
    ['a path out of the job folder', { cbas: 1, ...RUN, inputs: [{ from: 's3:x', to: '../x' }] }, /inputs\[0\]\.to: /],
    ['an input of another kind', { cbas: 1, ...RUN, inputs: [{ from: 'http://x', to: 'x' }] }, /must begin with file: or s3:/],
    ['an input that is not there', { cbas: 1, ...RUN, inputs: [{ from: 'file:nope', to: 'x' }] }, /there is no file .*nope/],
    ['a document above the limit', { cbas: 1, run: { command: [long, long, long, long] } }, /has \d+ bytes, at most 100000 are allowed/],
    ['the same in a list', [{ cbas: 1, run: { command: [long, long, long, long] } }], /bad\.json\[0\]: .*at most 100000/],
    ['a record of an output that is not there', { cbas: 1, ...RUN, record: { book: 'b', key: 'k', from: 'o' } }, /record\.from: no output is named/],
    ['nested beyond reason', `{"cbas":1,"run":${'['.repeat(40_000)}${']'.repeat(40_000)}}`, /bad\.json: /],
    ['a list of such', `[{"cbas":1,"run":${'['.repeat(40_000)}${']'.repeat(40_000)}}]`, /bad\.json/],
  ]; // prettier-ignore
  test.each(rows)('%s', async (_what, content, message) => {
    const before = (await cbas('jobs', '--json')).stdout;
    const { code, stdout, stderr } = await cbas('submit', file('bad.json', content));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect((await cbas('jobs', '--json')).stdout).toBe(before);
  });

  test.each([
    [['submit'], /nothing to submit/],
    [['submit', '/no/such/file'], /no such file/i],
    [['submit', '.'], /EISDIR/],
    [['submit', 'a.json', '--', 'true'], /not both/],
    [['submit', '--name', 'x', 'a.json'], /--name is for a command/],
    [['submit', '-', '-'], /once only/],
  ] as const)('%j', async (args, message) => {
    const { code, stderr } = await cbas(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('where a real deployment was pointed at too, none is changed', async () => {
    const { code, stderr } = await cbas('submit', '--region', 'eu-west-1', '--', 'true');
    expect(code).toBe(4);
    expect(stderr).toMatch(/say --deployment/);
    const looked = await cbas('jobs', '--region', 'eu-west-1');
    expect(looked.code).toBe(0);
    expect(looked.stderr).toMatch(/embedded AWS that runs here; to mean another/);
  });
});

describe('--wait ends as the job did', () => {
  test.each([
    [{ exitCode: 0 }, 0],
    [{ exitCode: 7 }, 7],
    [{ signal: 'SIGKILL' }, 137],
  ] as const)('%j', async (ending, code) => {
    const name = `waits-${code}`;
    const waiting = cbas('submit', '--wait', '--name', name, '--', 'true');
    await endedJob(deployment.wired, await runJob(deployment.wired, await appeared(deployment.wired, name)), ending);
    const ran = await waiting;
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(`${name}: ${code === 0 ? 'SUCCEEDED' : 'FAILED'}`);
  });

  test('of several: 1 when one has failed', async () => {
    const both = file('both.json', [{ cbas: 1, name: 'w-a', ...RUN }, { cbas: 1, name: 'w-b', ...RUN }]); // prettier-ignore
    const waiting = cbas('submit', '--wait', both);
    await endedJob(deployment.wired, await runJob(deployment.wired, await appeared(deployment.wired, 'w-a')), {});
    await endedJob(deployment.wired, await runJob(deployment.wired, await appeared(deployment.wired, 'w-b')), {
      exitCode: 9,
    });
    expect((await waiting).code).toBe(1);
  });
});
