import { fuzzyScore } from '../engine/select/fuzzy.ts';
import { jobHits } from '../engine/select/job-hits.ts';
import { commandOff, commandsIn, parseCommand, type WordCommand } from './commands.ts';
import type { Frame } from './frame.ts';
import { JOB_LOOKS } from './job-words.ts';
import { type KeyBinding, type KeyContext, placeOf, worksOn } from './keymap.ts';
import { savedFilters } from './saved-filters.ts';
import { type ScreenId, SCREEN_TITLES } from './screens.ts';

/** What an entry does when it is chosen. */
export type Choice =
  | { readonly kind: 'key'; readonly binding: KeyBinding }
  | { readonly kind: 'command'; readonly text: string }
  | { readonly kind: 'go'; readonly screen: ScreenId; readonly id: string }
  | { readonly kind: 'filter'; readonly screen: ScreenId; readonly filter: string };

/** One line of what `:` offers. */
export interface PaletteEntry {
  readonly title: string;
  readonly about: string;
  /** The key that does the same, or what kind of thing it is. */
  readonly at: string;
  /** Why it does nothing now, for a person. */
  readonly off?: string | undefined;
  /** What tab makes of the text. */
  readonly completes: string;
  readonly choice: Choice;
}

interface Scored extends PaletteEntry {
  readonly score: number;
}

/** The palette shows at most so many lines; a screen has room for fewer. */
export const ENTRIES_MAX = 20;
/** Rows of a collection that are looked through for one frame; jobs, of which there are more, are looked through by turns. */
const LOOKED_MAX = 12_000;
const RECENT_SHOWN = 4;

/** What the text may mean, the best first: arguments of a command, else commands, keys, saved filters and things by name. */
export function paletteEntries(frame: Frame, context: KeyContext, text: string): readonly PaletteEntry[] {
  const parsed = parseCommand(text, frame.ui);
  const typed = text.trim().toLowerCase();
  const given = parsed === undefined || !/\s/.test(text.trimStart()) ? [] : argumentEntries(frame, context, parsed);
  if (given.length > 0) return given;
  const found: readonly Scored[] = [
    ...recentEntries(frame, typed),
    ...keyEntries(frame, context, typed),
    ...commandsIn(frame.ui).map((command) => commandEntry(command, context, typed)),
    ...savedFilters(frame.ui, frame.snapshot).map(({ name, screen, filter }) => ({
      title: name,
      about: `${SCREEN_TITLES[screen]}: ${filter}`,
      at: 'saved filter',
      completes: name,
      choice: { kind: 'filter' as const, screen, filter },
      score: fuzzyScore(name.toLowerCase(), typed) * 2,
    })),
    ...(typed === '' ? [] : thingEntries(frame, typed)),
  ];
  return found
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || byName(a, b))
    .slice(0, ENTRIES_MAX);
}

/** Things that answer alike stand in order of their names; commands and keys keep theirs. */
function byName(a: PaletteEntry, b: PaletteEntry): number {
  if (a.choice.kind !== 'go' || b.choice.kind !== 'go' || a.title === b.title) return 0;
  return a.title < b.title ? -1 : 1;
}

/** The command as it stands, then what its arguments may become. */
function argumentEntries(
  frame: Frame,
  context: KeyContext,
  { command, said }: NonNullable<ReturnType<typeof parseCommand>>,
): readonly PaletteEntry[] {
  const { name, usage, about } = command;
  const off = commandOff(command, context);
  const text = `${name} ${said}`.trim();
  const own = { title: `${name} ${said || usage}`, about, at: 'enter', off, completes: text, choice: { kind: 'command', text } } as const; // prettier-ignore
  const more = (command.complete?.(frame, said) ?? []).filter(
    (one) => one !== said && fuzzyScore(one.toLowerCase(), said.toLowerCase()) > 0,
  );
  const completed = more.map((one) => {
    const whole = `${name} ${one}`;
    return {
      title: whole,
      about: '',
      at: '',
      off,
      completes: whole,
      choice: { kind: 'command', text: whole },
    } as const;
  });
  return [own, ...completed].slice(0, ENTRIES_MAX);
}

/** While nothing is typed, the newest first; afterwards what answers. */
function recentEntries({ ui }: Frame, typed: string): readonly Scored[] {
  return ui.commands.slice(0, typed === '' ? RECENT_SHOWN : undefined).map((text, at) => ({
    title: text,
    about: '',
    at: 'given before',
    completes: text,
    choice: { kind: 'command', text },
    score: typed === '' ? 100 - at : fuzzyScore(text.toLowerCase(), typed) / 2,
  }));
}

const MOVES = /^(up|down|left|right|top|bottom|page-.*|half-.*|back|command|screen-\d)$/;

/** Everything that a key does here, but for moving about. */
function keyEntries({ ui, keymap }: Frame, context: KeyContext, typed: string): readonly Scored[] {
  const place = placeOf({ ...ui, dialog: undefined });
  return keymap.bindings
    .filter((binding) => worksOn(binding, place) && !MOVES.test(binding.id))
    .map((binding) => {
      const off = binding.disabledReason?.(context);
      const rank = typed === '' ? (binding.act ? 12 : 10) : 1;
      return {
        title: binding.label,
        about: '',
        at: binding.keys[0] ?? '',
        off,
        completes: binding.label,
        choice: { kind: 'key', binding },
        score: fuzzyScore(binding.label.toLowerCase(), typed) * rank * (off === undefined ? 1 : 0.5),
      };
    });
}

function commandEntry(command: WordCommand, context: KeyContext, typed: string): Scored {
  const { name, usage, about } = command;
  const off = commandOff(command, context);
  // Of one that wants arguments they are typed next.
  return {
    title: `${name} ${usage}`.trim(),
    about,
    at: ':',
    off,
    completes: usage === '' ? name : `${name} `,
    choice: { kind: 'command', text: name },
    score: fuzzyScore(name, typed) * (typed === '' ? 11 : 1) * (off === undefined ? 1 : 0.5),
  };
}

interface Thing {
  readonly id: string;
  readonly screen: ScreenId;
  readonly name: string;
  readonly about: string;
  readonly at: string;
}

function thingEntries(frame: Frame, typed: string): readonly Scored[] {
  const { jobs } = frame.snapshot;
  const hits = jobHits(jobs, typed).slice(0, ENTRIES_MAX);
  const found = hits.map(({ position, score }) => {
    const { id, name, state } = jobs.at(position);
    return thingEntry({ id, screen: 'jobs', name: name || id, about: JOB_LOOKS[state].word, at: `job ${id.slice(-6)}` }, score); // prettier-ignore
  });
  const others = things(frame)
    .map((thing) => ({ thing, score: fuzzyScore(thing.name.toLowerCase(), typed) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, ENTRIES_MAX);
  return [...found, ...others.map(({ thing, score }) => thingEntry(thing, score))];
}

/** Below a command of the same score: what does something is more often meant. */
function thingEntry({ id, screen, name, about, at }: Thing, score: number): Scored {
  return { title: name, about, at, completes: name, choice: { kind: 'go', screen, id }, score: score * 0.9 };
}

let known: { readonly parts: readonly unknown[]; readonly things: readonly Thing[] } = { parts: [], things: [] };

/** All that has a name and is not a job: workers, pools, keys of books, the master. */
function things({ snapshot }: Frame): readonly Thing[] {
  const { workers, settings, markets, books, leader } = snapshot;
  const parts = [workers, settings, markets, books, leader?.id];
  if (parts.every((part, at) => part === known.parts[at])) return known.things;
  const found: Thing[] = [];
  for (const pool of new Set([...settings.pools.map(({ id }) => id), ...Object.keys(markets)]))
    found.push({ id: pool, screen: 'market', name: pool, about: '', at: 'pool' });
  if (leader !== undefined)
    found.push({
      id: `${leader.id}@${leader.epoch}`,
      screen: 'masters',
      name: leader.id,
      about: 'leads',
      at: 'master',
    });
  for (const { id, pool, state } of workers) {
    if (state === 'TERMINATED' || found.length >= LOOKED_MAX) continue;
    found.push({ id, screen: 'workers', name: id, about: `${state.toLowerCase()} in ${pool}`, at: 'worker' });
  }
  for (const [book, entries] of Object.entries(books)) {
    for (let at = 0; at < entries.length && found.length < LOOKED_MAX; at++) {
      const { id } = entries.at(at);
      found.push({ id: `${book}\n${id}`, screen: 'book', name: `${book} ${id}`, about: '', at: 'record' });
    }
  }
  known = { parts, things: found };
  return found;
}
