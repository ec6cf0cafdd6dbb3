import { expect, test } from 'vitest';
import { VirtualClock } from '../../../src/aws/memory/virtual-clock.ts';
import { FaultError } from '../../../src/engine/model/fault.ts';
import { insist } from '../../../src/engine/worker/insist.ts';
import { faultNow } from '../../support/memory-cloud.ts';

function insisted(answers: readonly (string | 'unavailable' | 'denied')[], goesOn = () => true) {
  const clock = new VirtualClock(0);
  const tries: number[] = [];
  const act = async (before: number): Promise<string> => {
    tries.push(before);
    const answer = answers[Math.min(before, answers.length - 1)] ?? '';
    if (answer === 'unavailable' || answer === 'denied') throw new FaultError(faultNow(answer));
    return answer;
  };
  return { clock, tries, result: insist(act, { clock, goesOn }) };
}

test('what is not answered is tried again each second, until it is', async () => {
  const { clock, tries, result } = insisted(['unavailable', 'unavailable', 'in']);
  await clock.advance(2_000);
  expect(await result).toBe('in');
  expect(tries).toEqual([0, 1, 2]);
});

test('it is given up when it no longer counts, but tried once in any case', async () => {
  const { clock, tries, result } = insisted(['unavailable'], () => false);
  await clock.advance(1_000);
  expect(await result).toBeUndefined();
  expect(tries).toEqual([0]);
  expect(await insisted(['in'], () => false).result).toBe('in');
});

test('a right that is missing may be given back for half a minute', async () => {
  const { clock, tries, result } = insisted(['denied']);
  const refused = expect(result).rejects.toThrow(/denied/);
  await clock.advance(31_000);
  await refused;
  expect(tries).toHaveLength(31);
});
