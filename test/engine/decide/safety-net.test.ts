import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canStillMeet, maySafely, type Mode, type NetState } from '../../../src/engine/decide/safety-net.ts';

const STATE: NetState = {
  mode: 'idle',
  workLeftS: 4 * 3600,
  timeLeftS: 10 * 3600,
  changeoverS: 720,
  changeoverLeftS: 0,
  tickS: 600,
  spotHoldsS: 600,
};

test.each<[string, Partial<NetState>, Mode, boolean]>([
  ['on-demand is always allowed', { timeLeftS: 0 }, 'on-demand', true],
  ['waiting, with room to start after the tick', { timeLeftS: 4 * 3600 + 720 + 600 }, 'idle', true],
  ['waiting, a second too long', { timeLeftS: 4 * 3600 + 720 + 599 }, 'idle', false],
  ['a running spot instance goes on to the last moment', { mode: 'spot', timeLeftS: 4 * 3600 + 720 }, 'spot', true],
  ['and not past it', { mode: 'spot', timeLeftS: 4 * 3600 + 719 }, 'spot', false],
  [
    'spot that may go at any moment counts as waiting',
    { mode: 'spot', spotHoldsS: 0, timeLeftS: 4 * 3600 + 1000 },
    'spot',
    false,
  ],
  ['starting spot takes a changeover more', { timeLeftS: 4 * 3600 + 1320 }, 'spot', true],
  ['starting spot, too late', { timeLeftS: 4 * 3600 + 1319 }, 'spot', false],
  ['the last tick of work on spot', { mode: 'spot', workLeftS: 600, timeLeftS: 600 }, 'spot', true],
])('%s', (...[, fields, next, allowed]) => {
  expect(maySafely(next, { ...STATE, ...fields })).toBe(allowed);
});

test('what the net refuses would miss if spot stayed away', () => {
  fc.assert(
    fc.property(
      fc.record({
        mode: fc.constantFrom<Mode>('idle', 'spot', 'on-demand'),
        workLeftS: fc.integer({ min: 1, max: 10_000 }),
        ticksLeft: fc.integer({ min: 1, max: 60 }),
        changeoverS: fc.integer({ min: 0, max: 1500 }),
        leftShare: fc.double({ min: 0, max: 1, noNaN: true }),
        tickS: fc.integer({ min: 60, max: 900 }),
        next: fc.constantFrom<Mode>('idle', 'spot'),
      }),
      ({ ticksLeft, leftShare, next, ...rest }) => {
        const state = {
          ...rest,
          timeLeftS: ticksLeft * rest.tickS,
          changeoverLeftS: Math.floor(leftShare * rest.changeoverS),
          spotHoldsS: rest.tickS,
        };
        const startS = state.mode === next ? state.changeoverLeftS : state.changeoverS;
        const workS = next === 'idle' ? state.workLeftS : state.workLeftS - Math.max(0, state.tickS - startS);
        const after = { ...state, mode: 'idle' as const, workLeftS: workS, timeLeftS: state.timeLeftS - state.tickS };
        expect(maySafely(next, state)).toBe(workS <= 0 || canStillMeet(after));
      },
    ),
  );
});
