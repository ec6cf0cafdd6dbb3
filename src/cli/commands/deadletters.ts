import { batchesOf, type DeadLetter, DeadLetters } from '../../aws/dead-letters.ts';
import { names, QUEUES, type QueueName } from '../../aws/setup/names.ts';
import { plural } from '../../engine/decide/notables.ts';
import { decodeMessage } from '../../engine/protocol/messages.ts';
import { age } from '../../ui/format.ts';
import { type ActOptions, confirm } from '../act.ts';
import type { CommonOptions } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { aside, iso, note, print, printJson, printTable, type TextColumn } from '../output.ts';
import { openToAct, openToLook } from '../session.ts';
import type { Wired } from '../wire.ts';

/** Of one queue at a time; those beyond are there for the next call. */
const LETTERS_MAX = 1_000;
/** Of a body in a table; `--json` has all of it. */
const BODY_COLUMNS = 60;

interface Found {
  readonly queue: QueueName;
  readonly letters: DeadLetters;
  readonly taken: readonly DeadLetter[];
}

interface Line {
  readonly queue: string;
  readonly letter: DeadLetter;
}

/** `cbas deadletters`: messages that nobody could handle, and what is wrong with them. They stay where they are. */
export async function listDeadLetters(options: CommonOptions): Promise<number> {
  const found = await take(await openToLook(options), undefined);
  await giveBack(found);
  const lines = linesOf(found);
  if (options.json === true) printJson(lines.map(letterJson));
  else if (lines.length > 0) printTable(COLUMNS, lines);
  else aside('no dead letters');
  return EXIT.done;
}

/** `cbas deadletters redrive [QUEUE]`: back to where they came from, for a program that understands them now. */
export function redriveDeadLetters(queue: string | undefined, options: ActOptions): Promise<number> {
  return moveAll(queue, options, {
    title: (count, where) => `send ${count} back to ${where}`,
    done: 'sent back',
    move: ({ letters }, batch) => letters.redrive(batch),
  });
}

/** `cbas deadletters purge [QUEUE]`: gone for good, those that the plan counted and no other. */
export function purgeDeadLetters(queue: string | undefined, options: ActOptions): Promise<number> {
  return moveAll(queue, options, {
    title: (count, where) => `delete ${count} of ${where} for good`,
    done: 'deleted',
    move: ({ letters }, batch) => letters.remove(batch),
  });
}

interface Move {
  readonly title: (count: string, where: string) => string;
  readonly done: string;
  readonly move: (found: Found, batch: readonly DeadLetter[]) => Promise<void>;
}

/** Look, show, ask, do. What was looked at is held meanwhile, and given back whatever happens. */
async function moveAll(queue: string | undefined, options: ActOptions, { title, done, move }: Move): Promise<number> {
  const asked = queueNamed(queue);
  const found = (await take(await openToAct(options), asked)).filter(({ taken }) => taken.length > 0);
  const isJson = options.json === true;
  const lines = linesOf(found);
  const plan = title(plural(lines.length, 'dead letter'), found.map((one) => one.queue).join(', '));
  const moved = new Set<DeadLetter>();
  try {
    if (lines.length === 0) {
      if (!isJson) aside(`no dead letters${asked === undefined ? '' : ` of ${asked}`}`);
    } else if (!isJson) {
      print(plan);
      printTable(COLUMNS, lines);
    }
    if (options.dryRun !== true && lines.length > 0) {
      if (options.yes !== true) await confirm(plan);
      await moveEach(found, move, moved);
    }
  } finally {
    await giveBack(found.map((one) => ({ ...one, taken: one.taken.filter((letter) => !moved.has(letter)) })));
  }
  if (isJson) printJson({ dryRun: options.dryRun === true, letters: lines.map(letterJson), [camel(done)]: moved.size });
  else if (moved.size > 0) print(`${plural(moved.size, 'dead letter')} ${done}`);
  return moved.size === lines.length || options.dryRun === true ? EXIT.done : EXIT.partly;
}

/** Stops at the first fault: it is thrown where nothing was done, and told where a part was. */
async function moveEach(found: readonly Found[], move: Move['move'], moved: Set<DeadLetter>): Promise<void> {
  for (const one of found) {
    for (const batch of batchesOf(one.taken)) {
      try {
        await move(one, batch);
      } catch (error) {
        if (moved.size === 0) throw error;
        note(error instanceof Error ? error.message : String(error));
        return;
      }
      for (const letter of batch) moved.add(letter);
    }
  }
}

function queueNamed(asked: string | undefined): QueueName | undefined {
  const queue = QUEUES.find((name) => name === asked);
  if (asked !== undefined && queue === undefined)
    throw new CliError(`there is no queue ${asked}; one of: ${QUEUES.join(', ')}`, EXIT.usage);
  return queue;
}

async function take({ choice }: Wired, only: QueueName | undefined): Promise<readonly Found[]> {
  return Promise.all(
    QUEUES.filter((queue) => only === undefined || queue === only).map(async (queue) => {
      const letters = new DeadLetters(choice.target, names.queue(choice.name, queue));
      return { queue, letters, taken: await letters.take(LETTERS_MAX) };
    }),
  );
}

async function giveBack(found: readonly Found[]): Promise<void> {
  await Promise.all(found.map(({ letters, taken }) => (taken.length === 0 ? undefined : letters.giveBack(taken))));
}

/** The oldest first. */
function linesOf(found: readonly Found[]): readonly Line[] {
  return found
    .flatMap(({ queue, taken }) => taken.map((letter) => ({ queue, letter })))
    .sort((a, b) => a.letter.sentAt - b.letter.sentAt);
}

function wrongWith({ body }: DeadLetter): string {
  const message = decodeMessage(body, (text) => Date.parse(text));
  return message.kind === 'unknown' ? message.what : `nothing: a ${message.kind} that was not taken in in time`;
}

const COLUMNS: readonly TextColumn<Line>[] = [
  { title: 'queue', text: ({ queue }) => queue },
  { title: 'age', text: ({ letter }) => age(Date.now() - letter.sentAt), align: 'right' },
  { title: 'received', text: ({ letter }) => String(letter.receivedCount), align: 'right' },
  { title: 'wrong with it', text: ({ letter }) => wrongWith(letter), max: BODY_COLUMNS },
  { title: 'body', text: ({ letter }) => letter.body, max: BODY_COLUMNS },
];

function letterJson({ queue, letter }: Line) {
  const { id, sentAt, receivedCount, body } = letter;
  return { queue, id, sentAt: iso(sentAt), receivedCount, wrong: wrongWith(letter), body };
}

function camel(words: string): string {
  return words.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase());
}
