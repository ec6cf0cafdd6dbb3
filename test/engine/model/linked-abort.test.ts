import { expect, test } from 'vitest';
import { linkedAbort } from '../../../src/engine/model/linked-abort.ts';

test('it aborts with the first of its sources, and with its own reason', () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const linked = linkedAbort([one.signal, other.signal], 'answered');
  expect(linked.signal.aborted).toBe(false);
  other.abort('elsewhere');
  expect([linked.signal.aborted, linked.signal.reason]).toEqual([true, 'answered']);
});

test('of a source that has aborted already it is aborted at once', () => {
  expect(linkedAbort([AbortSignal.abort()]).signal.aborted).toBe(true);
});

test('released, it follows nobody; ended, it is aborted and leaves its sources alone', () => {
  const source = new AbortController();
  const [released, ended] = [linkedAbort([source.signal]), linkedAbort([source.signal])];
  released.release();
  ended.end();
  expect([released.signal.aborted, ended.signal.aborted, source.signal.aborted]).toEqual([false, true, false]);
  source.abort();
  expect(released.signal.aborted).toBe(false);
});

test('a source that lives for days keeps nothing of those that were ended or released', () => {
  const listeners = new Set<unknown>();
  const source = {
    aborted: false,
    addEventListener: (_: string, listener: unknown) => listeners.add(listener),
    removeEventListener: (_: string, listener: unknown) => listeners.delete(listener),
  } as unknown as AbortSignal;
  const links = Array.from({ length: 4 }, () => linkedAbort([source]));
  expect(listeners.size).toBe(4);
  links.forEach(({ end, release }, at) => (at % 2 === 0 ? end() : release()));
  expect(listeners.size).toBe(0);
});
