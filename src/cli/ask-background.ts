import { BACKGROUND_QUERY, BACKGROUND_WITHIN_MS, backgroundOf } from '../ui/background.ts';
import type { Background } from '../ui/palettes.ts';
import { TerminalInput } from '../ui/terminal-input.ts';

/** What the terminal says of its background; undefined when it does not say within the time that it has. */
export async function askBackground(): Promise<Background | undefined> {
  const { stdin, stdout } = process;
  let heard: (background: Background | undefined) => void = () => undefined;
  const answer = new Promise<Background | undefined>((resolve) => (heard = resolve));
  const input = new TerminalInput(stdin, {
    reply: (reply) => heard(backgroundOf(reply)),
    mouse: () => undefined,
    isAsked: () => false,
    raw: () => undefined,
  });
  // Keys that are typed meanwhile are not for us, and not lost on the shell more than in any other program.
  const drop = (): void => void input.read();
  const late = setTimeout(() => heard(undefined), BACKGROUND_WITHIN_MS);
  input.setEncoding('utf8').setRawMode(true);
  input.awaitsReply = true;
  input.addListener('readable', drop);
  stdout.write(BACKGROUND_QUERY);
  try {
    return await answer;
  } finally {
    clearTimeout(late);
    input.removeListener('readable', drop);
    input.setRawMode(false);
    // Once it has been read from, it would keep the process.
    stdin.pause().unref();
  }
}
