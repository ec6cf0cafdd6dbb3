import readline from 'node:readline';
import { connect, firstLook } from '../connect.ts';
import type { ConsoleSettings } from '../console-settings.ts';
import { EXIT, exitCodeOf } from '../exit.ts';
import { print } from '../output.ts';
import { inLines, overviewFacts } from './facts.ts';
import { Session } from './session.ts';
import { obey } from './verbs.ts';

/**
 * `cbas-console --screen-reader`: the same looks, plans and confirmations, line by line. Nothing is drawn over, nothing
 * moves, and what is told is told once: a voice or a braille display follows, and so does a script on a pipe. Returns the exit
 * code: that of the first command that went wrong, for scripts.
 */
export async function runReader(settings: ConsoleSettings): Promise<number> {
  const lines = readline.createInterface({ input: process.stdin, terminal: false, crlfDelay: Infinity });
  // Lines that come while we connect are kept.
  const typed = lines[Symbol.asyncIterator]();
  const engine = await connect(settings, settings.readOnly === true ? 'read-only' : 'operator', { startsMaster: true });
  if (settings.dryRun === true) engine.setDryRun('on');
  await firstLook(engine);
  const session = new Session({
    engine,
    now: Date.now,
    tell: print,
    nextLine: async () => (await typed.next()).value as string | undefined,
  });
  const isPerson = process.stdin.isTTY === true;
  // A script hears what it asks for, and nothing else.
  if (isPerson) {
    for (const line of inLines(overviewFacts(session.snapshot(), session.now()))) print(line);
    print('type help for the commands, quit to leave');
  }
  const unsubscribe = isPerson ? engine.subscribe(() => session.tellNews('changed')) : () => undefined;
  try {
    return await converse(session, typed);
  } finally {
    unsubscribe();
    lines.close();
    engine.stop();
    const kept = engine.ownMaster();
    if (kept !== undefined) print(`master ${kept.id} goes on as process ${kept.pid}; its log: ${kept.logFile}`);
  }
}

async function converse(session: Session, typed: AsyncIterator<string>): Promise<number> {
  let code: number = EXIT.done;
  while (!session.isOver) {
    const { value, done } = await typed.next();
    if (done === true) break;
    session.watch();
    try {
      await obey(session, value as string);
    } catch (error) {
      print(error instanceof Error ? error.message : String(error));
      if (code === EXIT.done) code = exitCodeOf(error);
    }
  }
  return code;
}
