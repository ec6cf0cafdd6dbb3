import { expect, test } from 'vitest';
import { obey, VERBS } from '../../src/cli/reader/verbs.ts';
import { Session } from '../../src/cli/reader/session.ts';
import { safeLines } from '../../src/cli/output.ts';
import { auditAnswer } from '../support/audit.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { dangersIn, HOSTILE } from '../support/hostile.ts';
import { linesOf, logAnswer } from '../support/logs.ts';
import { busySnapshot, emptyDeployment, jobId, makeJob, NOW, withJobs, workerId } from '../support/snapshots.ts';

interface Told {
  readonly engine: FakeEngine;
  readonly session: Session;
  /** What is told after these lines are typed, one command a line; refusals are among it. */
  type(...lines: readonly string[]): Promise<readonly string[]>;
}

function reading(snapshot = busySnapshot()): Told {
  const engine = new FakeEngine(snapshot);
  let told: string[] = [];
  let typed: string[] = [];
  const session = new Session({
    engine,
    now: () => NOW,
    tell: (line) => void told.push(line),
    nextLine: () => Promise.resolve(typed.shift()),
  });
  return {
    engine,
    session,
    async type(...lines) {
      told = [];
      typed = [...lines];
      for (let line = typed.shift(); line !== undefined; line = typed.shift()) {
        try {
          await obey(session, line);
        } catch (error) {
          told.push(`refused: ${(error as Error).message}`);
        }
      }
      return told;
    },
  };
}

test('things are told as key: value, one a line, in words', async () => {
  const { type } = reading();
  expect(await type('show pi-012')).toEqual(expect.arrayContaining(['job: pi-012', 'state: running', `id: ${jobId(12)}`]));
  expect(await type('overview')).toEqual(expect.arrayContaining(['needs you: 1 job failed', expect.stringMatching(/^workers: \d+ busy/)]));
  expect(await type('why pi-012')).toEqual([expect.stringMatching(/^pi-012: ./)]);
  expect(await type(`show ${workerId(1)}`)).toEqual(expect.arrayContaining([`worker: ${workerId(1)}`]));
  for (const line of await type('list jobs state:running', 'list workers', 'list pools', 'list books', 'help'))
    expect(line).toMatch(/^[\x20-\x7e]+$/);
}); // prettier-ignore

test('a long list is cut, and goes on when it is asked for', async () => {
  const { type } = reading();
  const first = await type('list jobs');
  expect(first[0]).toBe('48 jobs');
  expect(first.at(-1)).toBe('28 more; say more');
  expect(await type('more', 'more', 'more')).toHaveLength(20 + 1 + 8 + 1);
});

test('an act is a plan, and happens only when the words that name it are typed', async () => {
  const { type, engine } = reading();
  const told = await type('kill pi-012', 'y', 'kill pi-012', '', 'kill pi-012', 'kill pi-013', 'kill pi-012');
  expect(told).toContain('to do it, type: kill pi-012 (or: kill pi-012 because ...); anything else leaves it');
  expect(told.filter((line) => line === 'refused: nothing was done')).toHaveLength(4 - 0);
  expect(engine.confirmed).toEqual([]);
  expect(await type('kill pi-012', 'kill  pi-012')).toContain(`done: kill ${jobId(12)}`);
  expect(engine.confirmed.map((plan) => plan.command)).toEqual([{ kind: 'jobs.kill', jobIds: [jobId(12)] }]);
  expect(engine.confirmed[0]?.reason).toBeUndefined();
  await type('kill pi-012', 'kill pi-012 because  it eats the disk');
  expect(engine.confirmed[1]?.reason).toBe('it eats the disk');
});

test('several are confirmed by their number, workers by their id', async () => {
  const { type, engine } = reading();
  await type('hold pi-012 pi-013', 'hold 2', `terminate ${workerId(1)}`, `terminate ${workerId(1)}`, 'launch 3', 'launch 3', 'bid c5.large/us-east-1a 0.05', 'bid c5.large/us-east-1a');
  expect(engine.confirmed.map(({ command }) => command)).toEqual([
    { kind: 'jobs.hold', jobIds: [jobId(12), jobId(13)] },
    { kind: 'workers.terminate', workerIds: [workerId(1)], target: 'keep' },
    { kind: 'workers.launch', count: 3, pool: undefined },
    { kind: 'bid.set', pool: 'c5.large/us-east-1a', usdPerHour: 0.05 },
  ]);
}); // prettier-ignore

test('what is not understood is told with what may be meant, and what is refused with its reason', async () => {
  const { type, engine } = reading();
  expect(await type('kil pi-012')).toEqual(['refused: there is no command kil; did you mean kill? help lists them']);
  expect(await type('show nothing-like-it')).toEqual(['refused: there is no job nothing-like-it']);
  expect(await type('kill')).toEqual(['refused: kill which job? give its name or id']);
  engine.refusal = 'this console is read-only';
  expect(await type('kill pi-012')).toEqual(['refused: this console is read-only']);
});

test('the end of a log is told, its colours left out', async () => {
  const { type, engine } = reading();
  engine.logs.set(`${jobId(12)} newest stdout`, logAnswer(`${linesOf(40)}\u001b[31mred\u001b[0m\n`, { epoch: 1 }));
  const told = await type('log pi-012');
  expect(told).toHaveLength(21);
  expect(told.at(-1)).toBe('red');
  expect(await type('log pi-012 stderr')).toEqual(['pi-012 has written nothing to stderr']);
});

test('only what has changed is told, once, and nothing while a plan waits', async () => {
  const { session, engine, type } = reading();
  expect(await type('')).toEqual(['nothing new']);
  engine.set(emptyDeployment());
  const told = await type('');
  expect(told).toContain('no longer: 1 job failed');
  expect(await type('')).toEqual(['nothing new']);
  engine.set(withJobs(emptyDeployment(), [makeJob(1, { state: 'FAILED' })]));
  expect(await type('news')).toEqual(['needs you: 1 job failed']);
  session.tellNews('changed');
  expect(await type()).toEqual([]);
});

test('hostile names are told in safety', async () => {
  for (const text of Object.values(HOSTILE)) {
    const { type } = reading(withJobs(busySnapshot(), [makeJob(1, { name: `x${text}y`, owner: text })]));
    const told = await type('list jobs', `show ${jobId(1)}`, `why ${jobId(1)}`, `kill ${jobId(1)}`, 'no');
    expect(dangersIn(told.map((line) => `${safeLines(line)}\n`).join(''), text)).toEqual([]);
  }
});

test('every command says how it is used', () => {
  for (const { name, usage, help } of VERBS) expect([usage.startsWith(name), help.length > 0]).toEqual([true, true]);
});

test('workers are drained, bids undone, priorities and deadlines set; the audit is told', async () => {
  const { type, engine } = reading();
  const id = workerId(0);
  await type(`drain ${id}`, `drain ${id}`, 'set pi-012 priority 10', 'set pi-012', 'set pi-012 deadline 4h', 'set pi-012', 'undo', 'undo bid');
  expect(engine.confirmed.map(({ command }) => command)).toEqual([
    { kind: 'workers.drain', workerIds: [id], target: 'keep', jobs: 'finish' },
    { kind: 'jobs.set', jobIds: [jobId(12)], priority: 10, deadlineAt: undefined, needs: {} },
    { kind: 'jobs.set', jobIds: [jobId(12)], priority: undefined, deadlineAt: NOW + 4 * 3_600_000, needs: {} },
    { kind: 'bid.undo', pool: '*' },
  ]);
  expect(await type('set pi-012 deadline soon')).toEqual([expect.stringMatching(/^refused: say: set JOB/)]);
  engine.audit = auditAnswer();
  const told = await type('audit');
  expect(told).toContain('20m ago, ana (ssh 10.0.0.7): kill job pi-012 and 2 more: partly, it was RUNNING and is SUCCEEDED by now');
  expect(told).toContain('6m ago, m-7f3a (for ben): launch 3 in m5.large/us-east-1a: refused, InsufficientInstanceCapacity');
}); // prettier-ignore

test('in production the name of the deployment is among the words, and a dry run is told', async () => {
  const busy = busySnapshot();
  const { type, engine } = reading({ ...busy, settings: { ...busy.settings, production: true } });
  expect(await type('kill pi-012', 'kill pi-012')).toContain('refused: nothing was done');
  expect(engine.confirmed).toEqual([]);
  engine.setDryRun('on');
  expect(await type('kill pi-012', 'kill pi-012 in lab')).toContain('dry run: nothing will be written');
  expect(engine.confirmed).toHaveLength(1);
});
