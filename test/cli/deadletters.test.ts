import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { names } from '../../src/aws/setup/names.ts';
import { SqsQueue } from '../../src/aws/sqs.ts';
import { deadQueue, pingBody } from '../../src/engine/protocol/messages.ts';
import { pulseItem } from '../../src/engine/protocol/misc-item.ts';
import { PULSE } from '../support/snapshots.ts';
import { cbas, NAME, type TestDeployment, testDeployment } from './deployment.ts';

let deployment: TestDeployment;
let events: SqsQueue;
let dead: Readonly<Record<'ping' | 'events', SqsQueue>>;

beforeAll(async () => {
  deployment = await testDeployment();
  const { target } = deployment.wired.choice;
  const queue = (name: string) => new SqsQueue(target, name);
  events = queue(names.queue(NAME, 'events'));
  dead = { ping: queue(deadQueue(names.queue(NAME, 'ping'))), events: queue(deadQueue(names.queue(NAME, 'events'))) };
});
afterAll(() => deployment.close());
beforeEach(async () => {
  await cbas('deadletters', 'purge', '--yes');
});

const STRANGE = '{"cbas":2,"kind":"nudge\u009b2J"}';
const PING = pingBody({ workerId: 'w1', at: 5 });
const list = async () => JSON.parse((await cbas('deadletters', '--json')).stdout) as readonly Record<string, unknown>[];

describe('deadletters', () => {
  test('lists what nobody could handle, as safe text, and takes nothing', async () => {
    expect(await cbas('deadletters')).toMatchObject({ code: 0, stdout: '' });
    await dead.events.send([STRANGE]);
    await dead.ping.send([PING]);
    const { code, stdout } = await cbas('deadletters');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^queue +age +received +wrong with it +body$/m);
    expect(stdout).toMatch(/^events +\d+s +1 +kind "nudge.*", version 2/m);
    expect(stdout).toMatch(/^ping +\d+s +1 +nothing: a ping that was not taken in in time +\{"cbas":1/m);
    expect(stdout).not.toContain('\u009b');
    // Given back at once: the next one who looks finds them all.
    const found = await list();
    expect(found.map(({ queue, body }) => [queue, body]).sort()).toEqual([['events', STRANGE], ['ping', PING]]); // prettier-ignore
    expect(found[0]).toMatchObject({ id: expect.any(String), sentAt: expect.stringMatching(/Z$/), wrong: expect.any(String) }); // prettier-ignore
  });

  test('redrive sends those of one queue back, after it has shown and asked', async () => {
    await dead.events.send([STRANGE]);
    await dead.ping.send([PING]);
    const unasked = await cbas('deadletters', 'redrive', 'events');
    expect([unasked.code, unasked.stderr]).toEqual([4, expect.stringMatching(/send 1 dead letter back to events: not done.*--yes/)]); // prettier-ignore
    const dry = await cbas('deadletters', 'redrive', 'events', '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, letters: [{ body: STRANGE }], sentBack: 0 });
    expect(await events.depth()).toBe(0);
    expect(await cbas('deadletters', 'redrive', 'events', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 dead letter sent back$/m),
    });
    const [message] = await events.receive(5_000, new AbortController().signal);
    expect(message?.body).toBe(STRANGE);
    expect((await list()).map(({ queue }) => queue)).toEqual(['ping']);
  });

  test('purge deletes those that it has shown, of all queues where none is named', async () => {
    await dead.events.send(Array.from({ length: 23 }, (_, at) => `not JSON ${at}`));
    await dead.ping.send([PING]);
    const { code, stdout } = await cbas('deadletters', 'purge', '--yes', '--json');
    expect([code, JSON.parse(stdout).deleted]).toEqual([0, 24]);
    expect(await list()).toEqual([]);
    expect(await cbas('deadletters', 'purge', '--yes')).toMatchObject({ code: 0, stdout: '' });
  });

  test('an unknown queue is wrong usage and names the known ones; help has an example', async () => {
    const { code, stderr } = await cbas('deadletters', 'redrive', 'pings', '--yes');
    expect([code, stderr]).toEqual([2, expect.stringContaining('one of: ping, events, results')]);
    expect((await cbas('deadletters', 'purge', '--help')).stdout).toContain('cbas deadletters purge ping --dry-run');
  });
});

describe('info', () => {
  test('tells what the leader met, and its own calls', async () => {
    expect((await cbas('info')).stdout).toMatch(/^leader +none has written a pulse$/m);
    const unknown = { count: 3, at: Date.now() - 60_000, source: 'events', what: 'kind "nudge", version 2' };
    const queueDepths = { ping: 0, 'events-dead': 2 };
    await deployment.wired.store.write(pulseItem({ ...PULSE, queueDepths, unknown }));
    const { stdout } = await cbas('info');
    expect(stdout).toMatch(/^dead letters +2$/m);
    expect(stdout).toMatch(/^unknown +3 messages; newest on events \d+.* ago: kind "nudge", version 2$/m);
    const facts = JSON.parse((await cbas('info', '--json')).stdout);
    expect(facts.leader).toMatchObject({ id: PULSE.leaderId, deadLetters: 2, unknownMessages: { count: 3 } });
    expect(facts.calls.dynamodb).toMatchObject({ calls: 2, faults: {}, circuit: { state: 'closed' } });
  });
});
