import { expect, test } from 'vitest';
import { reduce } from '../../src/engine/decide/reduce.ts';
import { alertSequence } from '../../src/ui/alert.ts';
import { withConsole } from '../support/console.ts';
import { SIZE } from '../support/plans.ts';
import { busySnapshot, makeJob, NOW } from '../support/snapshots.ts';

const BEL = '\u0007';

test('what newly needs somebody calls once; what was there, was acknowledged or follows at once does not', async () => {
  const calm = busySnapshot();
  const failing = (number: number, at: number) =>
    ({
      kind: 'jobs.observed',
      at,
      rows: [makeJob(number, { state: 'FAILED', rev: 1_000 + number, endedAt: at })],
    }) as const;
  await withConsole({ snapshot: calm, size: SIZE, alert: 'bell' }, async (screen) => {
    const { engine, clock } = screen;
    const bells = async (): Promise<number> => (await screen.raw()).split(BEL).length - 1;
    clock.pass(1_000);
    expect(await bells()).toBe(0);
    engine.set(reduce(engine.current, failing(1, NOW + 1_000)));
    clock.pass(1_000);
    clock.pass(1_000);
    expect(await bells()).toBe(1);
    engine.set(reduce(engine.current, failing(2, NOW + 2_000)));
    clock.pass(1_000);
    expect(await bells()).toBe(1);
    clock.pass(60_000);
    engine.set(reduce(engine.current, failing(3, NOW + 70_000)));
    clock.pass(1_000);
    expect(await bells()).toBe(2);
  });
  await withConsole({ snapshot: calm, size: SIZE }, async (screen) => {
    screen.engine.set(reduce(calm, failing(1, NOW + 1_000)));
    screen.clock.pass(1_000);
    expect(await screen.raw()).not.toContain(BEL);
  });
});

test('a note cannot be ended early by what it tells, and reaches the terminal behind tmux', () => {
  const note = alertSequence('note', 'job \u0007\u001b]52;c;x failed', undefined);
  expect(note.startsWith('\u001b]9;cbas: job ')).toBe(true);
  expect(note.slice(1, -1)).not.toMatch(/[\u0007\u001b]/);
  expect(alertSequence('note', 'x', 'tmux')).toBe('\u001bPtmux;\u001b\u001b]9;cbas: x\u0007\u001b\\');
  expect(alertSequence('none', 'x', undefined)).toBe('');
});
