import { expect, test } from 'vitest';
import { Cloud, counterJob, shell } from '../support/cloud.ts';
import { eventually, holds } from '../support/eventually.ts';
import { CBAS_CONSOLE, World } from '../support/processes.ts';
import { PtyProgram } from '../support/pty.ts';

const ENDS_WITHIN_MS = 60_000;
const STEPS = 60;

interface AuditJson {
  readonly by: string;
  readonly verb: string;
  readonly title: string;
  readonly state: string;
  readonly writer: string;
}

test('a worker is drained and its job goes on elsewhere; a kill is undone; the audit tells who did what', async () => {
  await using world = new World();
  const cloud = await Cloud.start(world, { name: 'acts', workers: 1 });
  const master = cloud.master();
  const [counter = ''] = await cloud.submit(counterJob('counter', STEPS));
  await eventually('it has saved something', async () => holds((await cloud.job(counter)).checkpoint !== undefined), {
    withinMs: ENDS_WITHIN_MS,
  });
  const { leaseOwner } = await cloud.job(counter);

  const drain = world.cbas('drain', leaseOwner, '--now', '--yes');
  expect(await drain.exitCode(30_000), drain.output).toBe(0);
  const done = await cloud.jobIs(counter, ['SUCCEEDED', 'FAILED'], ENDS_WITHIN_MS);
  expect(done).toMatchObject({ state: 'SUCCEEDED', record: { value: { n: STEPS } } });
  // Given back in order: it went on from what it had saved, and nobody had to find it lost.
  expect(done.losses.node + done.losses.spot).toBe(0);
  expect(await cloud.log(done, 'stdout')).not.toContain('begins at 0');
  const again = world.cbas('drain', leaseOwner, '--yes');
  expect(await again.exitCode(20_000), again.output).not.toBe(0);

  const [sleeper = ''] = await cloud.submit(shell('sleeper', 'sleep 600'));
  await cloud.jobIs(sleeper, ['RUNNING'], ENDS_WITHIN_MS);
  const console = new PtyProgram(world, [CBAS_CONSOLE, '--undo-for', '30']);
  await console.shows('nothing needs you', 30_000);
  console.type('2');
  await console.shows(/running +sleeper/);
  await console.typeUntil('/', (screen) => screen.includes('enter keeps it'));
  console.type('sleeper\r');
  await console.typeUntil('K', (screen) => screen.includes('kill job sleeper'));
  await console.typeUntil('y', (screen) => /kill job sleeper in \d+ s/.test(screen));
  console.type('U');
  await console.shows('undone, nothing was asked of the cloud');
  expect((await cloud.job(sleeper)).state).toBe('RUNNING');

  // A kill that is held back when the console is told to end never reaches the cloud.
  await console.typeUntil('K', (screen) => screen.includes('do it'));
  await console.typeUntil('y', (screen) => /kill job sleeper in \d+ s/.test(screen));
  console.signal('SIGTERM');
  expect(await console.exitCode(10_000)).toBe(143);
  expect((await cloud.job(sleeper)).state).toBe('RUNNING');

  const kill = world.cbas('kill', 'sleeper', '--yes');
  expect(await kill.exitCode(20_000), kill.output).toBe(0);
  const audit = world.cbas('audit', '--json');
  expect(await audit.exitCode(20_000), audit.output).toBe(0);
  const lines = JSON.parse(audit.stdout) as readonly AuditJson[];
  const acts = lines.filter(({ by, writer }) => by === 'ana' && writer === 'console').map(({ verb, state }) => `${verb} ${state}`); // prettier-ignore
  expect(acts.toReversed().filter((act) => !act.startsWith('jobs.submit'))).toEqual([
    'workers.drain confirmed',
    'workers.drain done',
    'jobs.kill confirmed',
    'jobs.kill done',
  ]);
  expect(lines.some(({ verb, writer, state }) => verb === 'workers.launch' && writer !== 'console' && state === 'done')).toBe(true); // prettier-ignore

  // The screen tells what `cbas audit` tells.
  const screen = new PtyProgram(world, [CBAS_CONSOLE, '--read-only', '--screen', 'audit']);
  for (const title of new Set(lines.map(({ title }) => title))) await screen.shows(title.slice(0, 24), 30_000);
  await screen.shows('acts in 7 days');
  screen.type('q');
  expect(await screen.exitCode(10_000)).toBe(0);

  master.signal('SIGTERM');
  expect(await master.exitCode(10_000)).toBe(0);
  await cloud.stop();
  await world.assertNothingLeft();
});
