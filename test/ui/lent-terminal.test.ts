import { expect, test } from 'vitest';
import { lender } from '../../src/ui/lent-terminal.ts';
import { runOnTerminal } from '../../src/ui/run-on-terminal.ts';

/** As Ink does it: a second one at a time is an error. */
function oneAtATime(): (during: () => Promise<void> | void) => Promise<void> {
  let isAway = false;
  return async (during) => {
    if (isAway) throw new Error('The terminal is already suspended.');
    isAway = true;
    try {
      await during();
    } finally {
      isAway = false;
    }
  };
}

test('a terminal that is away is not lent again, and is lent when it is back', async () => {
  let backs = 0;
  const lend = lender(oneAtATime(), () => void backs++);
  let comeBack = (): void => undefined;
  const first = lend(() => new Promise<void>((resolve) => (comeBack = resolve)));
  expect(await lend(() => undefined)).toBe(false);
  expect(await runOnTerminal({ kind: 'shell', argv: ['/bin/false'], cwd: undefined, env: {} }, lend)).toBe(
    'another program has the terminal',
  );
  // Whoever has it now is not disturbed.
  expect(backs).toBe(0);
  comeBack();
  expect(await first).toBe(true);
  expect(backs).toBe(1);
  expect(await lend(() => undefined)).toBe(true);
});

test('what goes wrong meanwhile is told, and the terminal is not lost by it', async () => {
  let backs = 0;
  const lend = lender(oneAtATime(), () => void backs++);
  await expect(lend(() => Promise.reject(new Error('planted')))).rejects.toThrow('planted');
  expect(backs).toBe(1);
  expect(await lend(() => undefined)).toBe(true);
});
