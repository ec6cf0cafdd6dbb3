import { describe, expect, it } from 'vitest';
import {
  chooseMarket,
  expectedStayH,
  type MarketOption,
  marketSentence,
  meanTimeBetweenH,
} from '../../../src/engine/decide/market-choice.ts';

function option(name: string, usdPerHour: number, more: Partial<MarketOption> = {}): MarketOption {
  return { name, usdPerHour, mtbfH: Infinity, speed: 1, stayH: 2, ...more };
}

const job = { checkpointH: 0, restartH: 1 / 12, workLeftH: 8 };

describe('a job that runs moves only where the move pays', () => {
  it.each([
    // 0.04 saved an hour for 2 h, 0.06/12 = 0.005 paid for the restart.
    ['cheaper', option('b', 0.06), 'move'],
    ['cheaper, but not for long', option('b', 0.06, { stayH: 0.1 }), 'stay'],
    ['hardly cheaper', option('b', 0.097), 'stay'],
    ['cheaper, but interrupted every 5 min', option('b', 0.06, { mtbfH: 1 / 12 }), 'stay'],
    ['cheaper, but slower', option('b', 0.06, { speed: 0.5 }), 'stay'],
    ['dearer, but faster', option('b', 0.15, { speed: 2 }), 'move'],
    ['cheaper, but the transfer costs more', option('b', 0.06, { transferUsd: 0.08 }), 'stay'],
    ['cheaper, but the transfer takes too long', option('b', 0.06, { transferH: 2 }), 'stay'],
  ])('%s', (_, other, kind) => {
    const question = { ...job, options: [option('a', 0.1), other], current: 0 };
    const choice = chooseMarket(question);
    expect(choice.kind).toBe(kind);
    expect(marketSentence(question, choice)).toMatch(kind === 'move' ? /^Move to b: .* saved/ : /^Stay on a /);
  });

  it('what it saves is what it says', () => {
    const options = [option('a', 0.1), option('b', 0.06)];
    expect(chooseMarket({ ...job, options, current: 0 }).savingUsd).toBeCloseTo(0.04 * 2 - 0.06 / 12);
  });

  it('no move passes the last moment for on-demand', () => {
    const options = [option('a', 0.1), option('b', 0.01)];
    expect(chooseMarket({ ...job, options, current: 0, slackH: 0.08 }).kind).toBe('stay');
    expect(chooseMarket({ ...job, options, current: 0, slackH: 0.09 }).kind).toBe('move');
  });
});

it('a stopped job starts where an hour of work costs least, the transfer counted over the work left', () => {
  const options = [option('a', 0.1), option('b', 0.08), option('c', 0.07, { transferUsd: 0.2 })];
  expect(chooseMarket({ ...job, options })).toMatchObject({ kind: 'start', option: 1 });
  expect(chooseMarket({ ...job, options, workLeftH: 100 })).toMatchObject({ kind: 'start', option: 2 });
});

describe('learned from earlier slots', () => {
  const window = { from: 0, to: 240, slotsPerHour: 12 };
  it('a difference that never changes lasts, one that turns every hour does not', () => {
    const here = Float64Array.from({ length: 240 }, () => 0.1);
    const turning = Float64Array.from({ length: 240 }, (_, i) => (Math.floor(i / 12) % 2 === 0 ? 0.05 : 0.15));
    expect(
      expectedStayH(
        here,
        here.map(() => 0.05),
        window,
      ),
    ).toBeGreaterThan(1000);
    expect(expectedStayH(here, turning, window)).toBe(1);
    expect(expectedStayH(here, here, window)).toBe(1);
  });

  it('time between interruptions is the time up over how often it ended', () => {
    const highest = Float64Array.from({ length: 240 }, (_, i) => (i % 60 === 59 ? 2 : 0.1));
    expect(meanTimeBetweenH(highest, 1, window)).toBeCloseTo(236 / 12 / 4);
    expect(meanTimeBetweenH(highest, 3, window)).toBe(Infinity);
  });
});
