import { expect, test } from 'vitest';
import { VirtualClock } from '../../../src/aws/memory/virtual-clock.ts';
import { AWS_TIMINGS } from '../../../src/engine/model/timings.ts';
import { DeadMansSwitch } from '../../../src/engine/worker/dead-mans-switch.ts';

const MINUTE = 60_000;

function watched() {
  const clock = new VirtualClock(1_000);
  const told: string[] = [];
  const dead = new DeadMansSwitch({
    clock,
    timings: { ...AWS_TIMINGS, lostMasterMs: 10 * MINUTE, lifetimeMs: 60 * MINUTE },
    onAutonomous: async (since) => void told.push(since === undefined ? 'led' : `alone since ${since}`),
    onAlone: (why) => void told.push(why),
    onOld: (why) => void told.push(why),
  });
  const look = async (afterMs: number, isLed: boolean): Promise<void> => {
    await clock.advance(afterMs);
    await dead.observe(isLed);
  };
  return { told, look };
}

test('a worker says once that it is alone, and once that it is not', async () => {
  const { told, look } = watched();
  for (const isLed of [true, true, false, false, false, true, true]) await look(MINUTE, isLed);
  expect(told).toEqual(['alone since 181000', 'led']);
});

test('alone for too long it goes; a leader in between begins the count anew', async () => {
  const { told, look } = watched();
  await look(0, false);
  await look(9 * MINUTE, true);
  await look(MINUTE, false);
  await look(10 * MINUTE, false);
  expect(told.at(-1)).toBe('alone since 601000');
  await look(1, false);
  await look(MINUTE, false);
  expect(told.slice(-1)).toEqual(['no master for 10 min']);
});

test('at the end of its lifetime it goes, led or not', async () => {
  const { told, look } = watched();
  await look(60 * MINUTE, true);
  expect(told).toEqual([]);
  await look(1, true);
  await look(1, true);
  expect(told).toEqual(['at the end of its lifetime of 1 h']);
});
