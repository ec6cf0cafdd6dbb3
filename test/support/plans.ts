import { propose } from '../../src/engine/decide/plan.ts';
import { DIALOG_DEAF_MS } from '../../src/ui/plan-keys.ts';
import type { TestConsole } from './console.ts';
import { eventually, holds } from './eventually.ts';
import { NOW } from './snapshots.ts';

/** Room for a list and a plan. */
export const SIZE = { columns: 110, rows: 34 };

export async function seen(screen: TestConsole): Promise<string> {
  return (await screen.lines()).join('\n');
}

/** Lets the dialog be read: the deaf time passes. */
export async function read(screen: TestConsole): Promise<void> {
  await screen.lines();
  screen.clock.pass(DIALOG_DEAF_MS);
}

/** A lone escape byte might begin a sequence: Ink waits a moment before it is a key. */
export async function escape(screen: TestConsole): Promise<void> {
  await screen.press('\u001b');
  const isClosed = (): boolean => screen.running.store.getState().dialog === undefined;
  await eventually('the dialog is closed', () => holds(isClosed()), { withinMs: 5_000 });
}

/** Plans as the engine makes them. */
export function planning({ engine }: TestConsole): void {
  engine.propose = (command) => {
    engine.proposed.push(command);
    return propose(command, { snapshot: engine.current, operator: { name: 'ana', from: '', mode: 'operator' }, newId: () => 'plan', now: NOW }); // prettier-ignore
  };
}
