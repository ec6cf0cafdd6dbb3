import { expect, test } from 'vitest';
import { propose } from '../../../src/engine/decide/plan.ts';
import type { Command } from '../../../src/engine/model/command.ts';
import type { OwnerSetting } from '../../../src/engine/model/deployment.ts';
import { settingsOf, writeSettings } from '../../../src/engine/protocol/misc-item.ts';
import { settingsFor } from '../../support/memory-cloud.ts';
import { makeJob, NOW } from '../../support/snapshots.ts';
import { world } from '../../support/world.ts';

const operator = { name: 'bea', from: '', mode: 'operator' } as const;
const set = (command: Omit<Extract<Command, { kind: 'owner.set' }>, 'kind'>, owners: readonly OwnerSetting[] = []) => {
  const jobs = [makeJob(0, { owner: 'ana', state: 'RUNNING' }), makeJob(1, { owner: 'ana', state: 'RUNNING' }), makeJob(2, { owner: 'ana' })]; // prettier-ignore
  const snapshot = world({ settings: settingsFor({ rev: 3, owners }) }, jobs);
  return propose({ kind: 'owner.set', ...command }, { snapshot, operator, newId: () => 'id', now: NOW });
};

/** The owners as whoever reads the settings finds them after the plan's write. */
function ownersAfter(...[command, owners]: Parameters<typeof set>): unknown {
  const proposal = set(command, owners);
  if (!proposal.ok) return proposal.refusal.code;
  const [step] = proposal.plan.steps;
  if (step?.effect.kind !== 'table.write') throw new Error('a plan for settings writes them');
  const { conditions, set: written } = step.effect.write;
  expect(conditions).toEqual([{ op: '=', attribute: 'rev', value: 3 }]);
  const after = settingsOf({ name: 'settings', rev: 4, ...written });
  expect(after.changedBy).toBe('bea');
  return after.owners ?? 'none';
}

test.each<[Parameters<typeof set>, unknown]>([
  [[{ owner: 'ana', maxRunning: 10 }], [{ name: 'ana', maxRunning: 10 }]],
  [[{ owner: 'ana', maxRunning: 0, maxWaiting: 5, weight: 2 }], [{ name: 'ana', maxRunning: 0, maxWaiting: 5, weight: 2 }]],
  [[{ owner: 'ana', maxRunning: 'any' }, [{ name: 'ana', maxRunning: 10, weight: 3 }]], [{ name: 'ana', weight: 3 }]],
  [[{ owner: 'ana', weight: 1 }, [{ name: '*', maxRunning: 4 }, { name: 'ana', maxRunning: 9, weight: 3 }]], [{ name: '*', maxRunning: 4 }, { name: 'ana', maxRunning: 9 }]],
  [[{ owner: 'ana', reset: true }, [{ name: 'ana', maxRunning: 9 }]], 'none'],
  [[{ owner: 'ana', reset: true }], 'bad-value'],
  [[{ owner: 'ana' }], 'bad-value'],
  [[{ owner: '', maxRunning: 1 }], 'bad-value'],
  [[{ owner: 'ana', maxRunning: -1 }], 'bad-value'],
  [[{ owner: 'ana', maxWaiting: 1.5 }], 'bad-value'],
  [[{ owner: 'ana', weight: 0 }], 'bad-value'],
  [[{ owner: 'ana', weight: Number.NaN }], 'bad-value'],
  [[{ owner: 'ana', maxRunning: 9 }, [{ name: 'ana', maxRunning: 9 }]], 'nothing-to-do'],
  [[{ owner: 'x', maxRunning: 9 }, Array.from({ length: 500 }, (_, at) => ({ name: `n${at}`, weight: 2 }))], 'limit'],
])('%j', (asked, expected) => expect(ownersAfter(...asked)).toEqual(expected)); // prettier-ignore

test('the plan says what is so now, and what a limit does not end', () => {
  const proposal = set({ owner: 'ana', maxRunning: 1, maxWaiting: 0 });
  expect(proposal).toMatchObject({
    ok: true,
    plan: {
      title: 'ana: at most 1 running, at most 0 waiting, share 1',
      notes: [
        expect.stringContaining('from now on'),
        '2 jobs run and go on; none is let in before there are fewer than 1',
        '1 job waits and stays: no more are accepted before there are fewer than 0',
      ],
    },
  });
});

test('what others wrote of owners is read with suspicion', () => {
  const { set: written } = writeSettings(settingsFor());
  const read = (owners: unknown) => settingsOf({ name: 'settings', rev: 1, value: { ...(written['value'] as object), owners } as never }).owners; // prettier-ignore
  expect(read([{ name: 'ana', maxRunning: -3, maxWaiting: 'many', weight: 0 }, { maxRunning: 3 }, 'x', null])).toEqual([{ name: 'ana' }]); // prettier-ignore
  expect(read({ ana: 3 })).toBeUndefined();
  expect(read([{ name: 'constructor', maxRunning: 2 }])).toEqual([{ name: 'constructor', maxRunning: 2 }]);
});
