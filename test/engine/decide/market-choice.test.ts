import { describe, expect, it } from 'vitest';
import {
  chooseMarket,
  expectedStayH,
  type MarketOption,
  marketSentence,
  meanTimeBetweenH,
  usualSaving,
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

describe('a stopped job', () => {
  it('starts where an hour of work costs least of what it reaches for nothing', () => {
    const options = [option('a', 0.1), option('b', 0.08), option('c', 0.07, { transferUsd: 0.2 })];
    const question = { ...job, options };
    expect(chooseMarket(question)).toMatchObject({ kind: 'start', option: 1, savingUsd: 0 });
    expect(marketSentence(question, chooseMarket(question))).toBe(
      'Start on b: $0.0800 per hour of work, the least of 3 markets; c is expected to save $0.0200, and to go there costs $0.2000.',
    );
  });

  it.each([
    ['the difference lasts long enough', { stayH: 25 }, {}, 2],
    ['but not if so little work is left', { stayH: 25 }, { workLeftH: 19 }, 1],
    ['nor if bringing the data takes paid hours', { stayH: 25, transferH: 1 }, {}, 1],
    ['nor past the last moment', { stayH: 1000, transferH: 1 }, { slackH: 0.9 }, 1],
  ])('goes where the data has to be brought if that saves more: %s', (...[, more, asked, chosen]) => {
    const options = [option('a', 0.1), option('b', 0.08), option('c', 0.07, { transferUsd: 0.2, ...more })];
    expect(chooseMarket({ ...job, workLeftH: 100, ...asked, options })).toMatchObject({
      kind: 'start',
      option: chosen,
    });
  });

  it('expects a difference to go back to what is usual: then it stays away from what is cheaper for an hour', () => {
    const options = [option('home', 0.3), option('far', 0.1, { transferUsd: 0.15, stayH: 2, usualUsdPerHour: -0.05 })];
    // 0.25 more than usual, for 2 h: 0.5, less 0.05 in each of 4 h: 0.28 to the end; back home after it has closed: less.
    expect(chooseMarket({ ...job, workLeftH: 4, options }).savingUsd).toBeCloseTo(
      0.25 * 2 * (1 - 0.5 ** 4) - 0.2 - 0.15,
    );
    // With 20 h left it would lose to the end, and comes back after ln(0.2)/ln(0.5) = 2.32 h, paying again.
    const back = 0.25 * 2 * 0.8 - 0.05 * (Math.log(0.2) / Math.log(0.5));
    expect(chooseMarket({ ...job, workLeftH: 20, options })).toMatchObject({ option: 0 });
    expect(back - 0.3).toBeLessThan(0);
    const cheaper = [options[0]!, { ...options[1]!, transferUsd: 0.1 }];
    expect(chooseMarket({ ...job, workLeftH: 20, options: cheaper }).savingUsd).toBeCloseTo(back - 0.2);
  });

  it('compares with on-demand where spot at home is dearer', () => {
    const options = [option('home', 5), option('far', 0.07, { transferUsd: 0.2 })];
    expect(chooseMarket({ ...job, options }).option).toBe(1);
    expect(chooseMarket({ ...job, options, onDemandUsdPerHour: 0.15 }).option).toBe(0);
  });
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
    expect(usualSaving(here, turning, window)).toEqual({ usualUsdPerHour: expect.closeTo(0), stayH: 1 });
    const constant = usualSaving(here, here.map(() => 0.06), window); // prettier-ignore
    expect(constant).toEqual({ usualUsdPerHour: expect.closeTo(0.04), stayH: expect.closeTo(20) });
    expect(expectedStayH(here, turning, window)).toBe(1);
    expect(expectedStayH(here, here, window)).toBe(1);
  });

  it('time between interruptions is the time up over how often it ended', () => {
    const highest = Float64Array.from({ length: 240 }, (_, i) => (i % 60 === 59 ? 2 : 0.1));
    expect(meanTimeBetweenH(highest, 1, window)).toBeCloseTo(236 / 12 / 4);
    expect(meanTimeBetweenH(highest, 3, window)).toBe(Infinity);
  });
});
