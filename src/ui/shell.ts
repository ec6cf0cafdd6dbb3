import type { Cockpit, TerminalControl } from './cockpit.ts';
import { tell } from './state.ts';

/**
 * A shell on a worker, in this terminal: the console gives it away and has it back when the shell ends. It is asked for first, so
 * that a refusal costs nothing.
 */
export function openShell({ engine, store }: Cockpit, terminal: TerminalControl, workerId: string): void {
  tell(store, `asking for a shell on ${workerId}`);
  void engine.openShell(workerId).then(async (answer) => {
    if (answer.kind === 'refused') return tell(store, `S shell on ${workerId}: ${answer.why}`, 'attention');
    const trouble = await terminal.run(answer);
    tell(store, trouble === '' ? `the shell on ${workerId} has ended` : `the shell on ${workerId}: ${trouble}`);
  });
}
