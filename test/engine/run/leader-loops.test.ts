import { afterEach, describe, expect, test } from 'vitest';
import { MemoryQueue } from '../../../src/aws/memory/memory-queue.ts';
import type { FaultHook } from '../../../src/aws/memory/faults.ts';
import { VirtualClock } from '../../../src/aws/memory/virtual-clock.ts';
import { reduce } from '../../../src/engine/decide/reduce.ts';
import type { EngineEvent, EventOf } from '../../../src/engine/model/event.ts';
import { FaultError } from '../../../src/engine/model/fault.ts';
import type { Compute } from '../../../src/engine/model/ports.ts';
import { seededRng } from '../../../src/engine/model/rng.ts';
import { rowsFrom } from '../../../src/engine/model/rows.ts';
import { emptySnapshot } from '../../../src/engine/model/snapshot.ts';
import { pingBody } from '../../../src/engine/protocol/messages.ts';
import { pulseItem, pulseOf } from '../../../src/engine/protocol/misc-item.ts';
import { receiveEvents, receivePings } from '../../../src/engine/run/leader-loops.ts';
import { PulseMaker } from '../../../src/engine/run/pulse.ts';
import { faultNow } from '../../support/memory-cloud.ts';
import { makeWorker, NOW, PULSE } from '../../support/snapshots.ts';

const stops: AbortController[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop.abort()));

function world(hook: FaultHook = {}) {
  const clock = new VirtualClock(NOW);
  const dead = new MemoryQueue({ clock, name: 'dead' });
  // As `init` makes them.
  const queue = new MemoryQueue({ clock, dead, receivesMax: 5, visibilityMs: 30_000, name: 'ping', hook });
  const stop = new AbortController();
  stops.push(stop);
  const events: EngineEvent[] = [];
  const context = {
    clock,
    signal: stop.signal,
    random: seededRng(3).next,
    dispatch: (news: readonly EngineEvent[]) => void events.push(...news),
  };
  const of = <K extends EngineEvent['kind']>(kind: K) => events.filter((event): event is EventOf<K> => event.kind === kind);
  return { clock, dead, queue, context, events, of };
} // prettier-ignore

function ec2(type: string, instanceId: string, version = '0'): string {
  const time = new Date(NOW).toISOString();
  return JSON.stringify({ version, source: 'aws.ec2', 'detail-type': type, time, detail: { 'instance-id': instanceId } });
} // prettier-ignore

const POISON = JSON.stringify({ cbas: 2, kind: 'ping', workerId: 'w9', at: 1 });

describe('a message that nobody understands', () => {
  test('is told once, comes back without holding up the others, and ends among the dead letters', async () => {
    const { clock, dead, queue, context, of } = world();
    void receivePings(queue, context);
    await queue.send([POISON, 'not JSON', pingBody({ workerId: 'w1', at: NOW })]);
    const depths: number[] = [];
    for (let at = 0; at < 25; at++) {
      await clock.advance(10_000);
      await queue.send([pingBody({ workerId: 'w1', at: clock.now() })]);
      depths.push(await dead.depth());
    }
    expect(of('messages.unknown').flatMap(({ what }) => what)).toEqual([
      'kind "ping", version 2',
      'not JSON: "not JSON"',
    ]);
    // One with it, and one for each of the times after: none had to wait.
    expect(of('pings.received').flatMap(({ pings }) => pings)).toHaveLength(26);
    expect(depths.at(-1)).toBe(2);
    // Five times hidden for 30 s each.
    expect(depths.findIndex((depth) => depth > 0)).toBe(14);
    expect(await queue.depth()).toBe(0);
    expect(of('deadletters.observed').map(({ queue: name, depth }) => [name, depth])).toEqual([
      ['ping', 0],
      ['ping', 2],
    ]);
  });

  test('of which there are many does not starve the good ones, and is counted whoever leads', async () => {
    const { clock, queue, context, of } = world();
    void receivePings(queue, context);
    await queue.send(Array.from({ length: 60 }, (_, at) => `{"cbas":7,"n":${at}}`));
    await queue.send([pingBody({ workerId: 'w1', at: NOW })]);
    await clock.advance(1_000);
    expect(of('pings.received')).toHaveLength(1);
    expect(of('messages.unknown').flatMap(({ what }) => what)).toHaveLength(60);
  });

  test('is kept in the snapshot with its newest example, and reaches consoles by the pulse', async () => {
    const { clock, queue, context, events } = world();
    void receivePings(queue, context);
    await queue.send([POISON, '[]']);
    await clock.advance(1_000);
    const snapshot = events.reduce(reduce, emptySnapshot());
    const unknown = { count: 2, at: NOW, source: 'pings', what: 'not an object' };
    expect(snapshot.unknownMessages).toEqual(unknown);
    const pulse = new PulseMaker().make(snapshot, { id: 'm1', epoch: 1 }, { at: NOW, queueDepths: { ping: 0 } });
    const read = pulseOf(JSON.parse(JSON.stringify(pulseItem(pulse).set)));
    expect(read).toEqual(pulse);
    expect([read?.unknown, read?.queueDepths]).toEqual([unknown, { ping: 0, 'ping-dead': 0 }]);
  });

  test('an event of a later envelope is one', async () => {
    const { clock, queue, context, of } = world();
    void receiveEvents(queue, { instances: async () => [] } as unknown as Compute, context);
    await queue.send([ec2('EC2 Spot Instance Interruption Warning', 'i-1', '1'), ec2('EC2 Something New', 'i-1')]);
    await clock.advance(1_000);
    expect(of('messages.unknown').flatMap(({ what }) => what)).toEqual([
      'event "EC2 Spot Instance Interruption Warning", version "1"',
      'event "EC2 Something New"',
    ]);
  });
});

describe('events of EC2', () => {
  test('a list that EC2 does not give holds up no notice, and stays owed', async () => {
    const { clock, dead, queue, context, of } = world();
    let lists = 0;
    const instances = async () => {
      lists += 1;
      if (lists < 4) throw new FaultError(faultNow('throttled'));
      return [];
    };
    void receiveEvents(queue, { instances } as unknown as Compute, context);
    await queue.send([
      ec2('EC2 Spot Instance Interruption Warning', 'i-1'),
      ec2('EC2 Instance State-change Notification', 'i-1'),
    ]);
    await clock.advance(500);
    expect(of('notices.received').flatMap(({ notices }) => notices.map(({ workerId }) => workerId))).toEqual(['i-1']);
    await clock.advance(60_000);
    expect([lists, of('instances.observed').length]).toEqual([4, 1]);
    // It was taken in, and is no letter that nobody could handle.
    expect([await queue.depth(), await dead.depth()]).toEqual([0, 0]);
  });

  test('a rebalance recommendation is journalled, and shown at the worker by the pulse until it is gone', async () => {
    const { clock, queue, context, events, of } = world();
    void receiveEvents(queue, { instances: async () => [] } as unknown as Compute, context);
    await queue.send([ec2('EC2 Instance Rebalance Recommendation', 'i-1'), ec2('EC2 Instance Rebalance Recommendation', 'i-gone')]); // prettier-ignore
    await clock.advance(500);
    expect(of('rebalances.received')[0]?.recommendations).toEqual([
      { workerId: 'i-1', at: NOW },
      { workerId: 'i-gone', at: NOW },
    ]);
    const worker = { ...makeWorker(1), id: 'i-1', pool: 'c5.large/us-east-1a' };
    const gone = { ...makeWorker(2), id: 'i-gone', state: 'TERMINATED' as const };
    const leader = { ...events.reduce(reduce, emptySnapshot()), workers: rowsFrom([worker, gone]) };
    const pulse = new PulseMaker().make(leader, { id: 'm1', epoch: 1 }, { at: NOW, queueDepths: {} });
    expect(pulse.rebalanceAt).toEqual({ 'i-1': NOW });

    const console = { ...emptySnapshot(), workers: rowsFrom([worker]) };
    const seen = [PULSE, pulse, { ...pulse, at: pulse.at + 1 }].reduce(
      (snapshot, one) => reduce(snapshot, { kind: 'pulse.observed', at: one.at, pulse: one }),
      console,
    );
    expect(seen.notables.map(({ sentence, count }) => [sentence, count])).toEqual([
      ['EC2 recommends to leave c5.large/us-east-1a: 1 worker at higher risk', 1],
    ]);
  });
});
