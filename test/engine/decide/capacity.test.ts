import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideCapacity } from '../../../src/engine/decide/capacity.ts';
import { rowsFrom } from '../../../src/engine/model/rows.ts';
import { type Snapshot } from '../../../src/engine/model/snapshot.ts';
import type { WorkerRow } from '../../../src/engine/model/worker.ts';
import { LAB, OTHER_POOL, POOL, settingsFor } from '../../support/memory-cloud.ts';
import { makeWorker, NOW } from '../../support/snapshots.ts';
import { at, intent, marketAt, waiting, world } from '../../support/world.ts';

describe('capacity', () => {
  const launches = (snapshot: Snapshot) =>
    decideCapacity(snapshot, NOW).launches.map(({ pool, count }) => [pool, count]);
  const closed = { poolRetryAt: { [POOL]: NOW + 5_000 } };
  test.each<[string, Snapshot, readonly (readonly [string, number])[], RegExp]>([
    ['no work', world(), [], /no job waits/],
    [
      'enough',
      world(
        {},
        waiting(10),
        [0, 1, 2, 3].map((one) => at(one)),
      ),
      [],
      /4 of 4 workers, enough/,
    ],
    ['as many as there is work', world({}, waiting(1)), [[POOL, 1]], /1 more wanted/],
    [
      'the cheapest first, none above its share',
      world({}, waiting(10)),
      [
        [POOL, 2],
        [OTHER_POOL, 2],
      ],
      /4 more wanted: 2 in/,
    ],
    ['what serves counts in its pool', world({}, waiting(10), [at(0), at(1)]), [[OTHER_POOL, 2]], /2 more wanted/],
    [
      'what ends does not count',
      world({}, waiting(10), [at(0, { state: 'DRAINING' }), at(1, { state: 'LOST' })]),
      [
        [POOL, 2],
        [OTHER_POOL, 2],
      ],
      /4 more/,
    ],
    [
      'what is on its way counts',
      world({ intents: rowsFrom([intent({ verb: 'launch', count: 4, pool: POOL })]) }, waiting(10)),
      [],
      /4 of 4 workers on their way/,
    ],
    [
      'what was answered does not',
      world(
        { intents: rowsFrom([intent({ verb: 'launch', count: 4, pool: POOL }, { state: 'FAILED' })]) },
        waiting(10),
      ),
      [
        [POOL, 2],
        [OTHER_POOL, 2],
      ],
      /4 more/,
    ],
    [
      'a pool above its bid is not asked',
      world({ markets: { [POOL]: marketAt(POOL, 0.0501), [OTHER_POOL]: marketAt(OTHER_POOL, 0.05) } }, waiting(10)),
      [[OTHER_POOL, 2]],
      /2 find no pool/,
    ],
    ['a pool that refused is left alone', world(closed, waiting(10)), [[OTHER_POOL, 2]], /2 find no pool/],
    ['nowhere to go', world({ markets: {} }, waiting(10)), [], /no pool can be asked: .*no price known yet/],
    [
      'an on-demand pool whose price nobody tells is not asked, and the others are',
      world(
        {
          settings: settingsFor({
            pools: [
              { id: POOL, bidUsdPerHour: 0 },
              { id: OTHER_POOL, bidUsdPerHour: 0.05 },
            ],
          }),
          markets: {
            [POOL]: { ...marketAt(POOL, 0.03), onDemandUsdPerHour: 0 },
            [OTHER_POOL]: { ...marketAt(OTHER_POOL, 0.03), onDemandUsdPerHour: 0 },
          },
        },
        waiting(10),
      ),
      [[OTHER_POOL, 2]],
      /2 find no pool/,
    ],
    [
      'slots share a worker',
      world({ settings: settingsFor({ slotsPerWorker: 4 }) }, waiting(5)),
      [[POOL, 2]],
      /2 more/,
    ],
  ] as never)('%s', (...[, snapshot, wanted, sentence]) => {
    expect(launches(snapshot)).toEqual(wanted);
    expect(decideCapacity(snapshot, NOW).decision.sentence).toMatch(sentence);
  });

  test('on demand has no ceiling and is paid at its own price', () => {
    const snapshot = world({ settings: settingsFor({ pools: [{ id: POOL, bidUsdPerHour: 0 }] }) }, waiting(1));
    expect(decideCapacity(snapshot, NOW).launches).toEqual([{ pool: POOL, count: 1, maxUsdPerHour: undefined }]);
  });

  test('the pool whose hour of work costs least: a little dearer, and seldom taken back', () => {
    const often = Array.from({ length: 48 }, (_, half) => ({
      pool: POOL,
      at: NOW - (48 - half) * 1_800_000,
      usdPerHour: half % 2 === 0 ? 0.03 : 0.06,
    }));
    const restless = {
      ...marketAt(POOL, 0.03),
      points: [...often, { pool: POOL, at: NOW - 60_000, usdPerHour: 0.03 }],
    };
    const steady = {
      ...marketAt(OTHER_POOL, 0.031),
      points: [{ pool: OTHER_POOL, at: NOW - 86_400_000, usdPerHour: 0.031 }],
    };
    const { decision, launches } = decideCapacity(world({ markets: { [POOL]: restless, [OTHER_POOL]: steady } }, waiting(1)), NOW); // prettier-ignore
    expect(launches.map(({ pool }) => pool)).toEqual([OTHER_POOL]);
    expect(decision.inputs['cost 1']).toMatch(
      /1b: \$0\.015\d+ an hour of work of a vCPU \(price 0\.031, taken back every 48\.0 h\)$/,
    );
    expect(decision.rejected).toEqual([expect.stringMatching(/1a: \$0\.0\d+ .*taken back every 0\.5 h/)]);
  });

  test('where capacity decides, what this deployment saw taken back counts, and the bid buys nothing', () => {
    const taken = (number: number, isTaken: boolean): WorkerRow => {
      const base = makeWorker(number, { state: 'TERMINATED', changedAt: NOW });
      return {
        ...base,
        pool: isTaken ? POOL : OTHER_POOL,
        detail: isTaken ? 'Server.SpotInstanceTermination' : 'Client.UserInitiatedShutdown',
        phases: { ...base.phases, pendingAt: NOW - 10 * 3_600_000, endedAt: NOW },
      };
    };
    const record = Array.from({ length: 40 }, (_, one) => taken(one, one < 20));
    const chosen = (mode: 'local' | 'aws') =>
      decideCapacity(
        world(
          {
            deployment: { ...LAB, mode },
            markets: { [POOL]: marketAt(POOL, 0.03), [OTHER_POOL]: marketAt(OTHER_POOL, 0.030001) },
          },
          waiting(1),
          record,
        ),
        NOW,
      );
    expect(chosen('local').launches.map(({ pool }) => pool)).toEqual([POOL]);
    const { launches, decision } = chosen('aws');
    expect(launches.map(({ pool }) => pool)).toEqual([OTHER_POOL]);
    // 20 taken in 200 h, drawn toward 1 in (200 + 200) h of the other: (1 + 20) / (400 + 200) h.
    expect(decision.rejected).toEqual([expect.stringMatching(/1a: .*taken back every 28\.6 h/)]);
  });

  test('never asks for more than is missing, nor for more than a pool’s share', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 20 }),
        fc.nat({ max: 12 }),
        fc.nat({ max: 12 }),
        fc.integer({ min: 1, max: 100 }),
        (...[jobs, target, serving, share]) => {
          const settings = settingsFor({ targetWorkers: target, maxPoolSharePct: share });
          const snapshot = world(
            { settings },
            waiting(jobs),
            Array.from({ length: serving }, (_, one) => at(one)),
          );
          const asked = decideCapacity(snapshot, NOW).launches;
          const total = asked.reduce((sum, { count }) => sum + count, 0);
          expect(total).toBeLessThanOrEqual(Math.max(0, Math.min(target, jobs) - serving));
          for (const { pool, count } of asked)
            expect(count + (pool === POOL ? serving : 0)).toBeLessThanOrEqual(
              Math.max(1, Math.ceil((target * share) / 100)),
            );
        },
      ),
    );
  });
});
