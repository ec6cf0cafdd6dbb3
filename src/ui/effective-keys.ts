import { nearest } from '../engine/model/nearest.ts';
import { graphemesOf } from './graphemes.ts';
import { KEYMAP, type KeyBinding, type KeyId, type KeyPlace, worksOn } from './keymap.ts';

/**
 * The keys as they are in force: the keymap with what a preset and the operator's configuration change. What is obeyed,
 * shown in the footer, and explained by `?` is this, so that none of them can tell another thing than the others.
 */
export interface Keymap {
  readonly bindings: readonly KeyBinding[];
  /** What a key means at a place. */
  bindingFor(key: string, place: KeyPlace): KeyBinding | undefined;
  /** What stands in the footer at a place. */
  footerBindings(place: KeyPlace): readonly KeyBinding[];
  /** Whether a key is one of a binding's, wherever that works. */
  hasKey(id: KeyId, key: string): boolean;
  /** The first key of a binding, as it is shown; '' where it has none. */
  keyOf(id: KeyId): string;
  /** The key in force in the place of one of the keymap's own: for sentences that name a key. */
  shown(ownKey: string): string;
}

/** Keys by the id of their binding; what is not named keeps its own. An empty list takes the keys away. */
export type KeyChanges = Readonly<Partial<Record<KeyId, readonly string[]>>>;

/**
 * Presets by name: a terminal multiplexer takes its prefix for itself, so nothing may lie on it. (GNU screen's ctrl-a is not one of our
 * keys; the preset is there so that this stays so.)
 */
export const KEY_PRESETS: Readonly<
  Record<string, { readonly avoids: readonly string[]; readonly changes: KeyChanges }>
> = {
  default: { avoids: [], changes: {} },
  tmux: { avoids: ['ctrl-b'], changes: { 'page-up': ['pageup', 'b'] } },
  screen: { avoids: ['ctrl-a'], changes: {} },
};

/** Keys that are words; every other key is the character that it types, or ctrl- or meta- before one. */
export const NAMED_KEYS: readonly string[] = [
  'up',
  'down',
  'left',
  'right',
  'pageup',
  'pagedown',
  'home',
  'end',
  'enter',
  'esc',
  'backspace',
  'delete',
  'tab',
  'shift-tab',
  'space',
];

/** Without a key on these nobody finds the way out. */
const NEEDED: readonly KeyId[] = ['quit', 'back', 'help', 'plan-cancel', 'question-leave', 'results-close'];
/** What the terminal itself sends for other keys: ctrl-i is tab, ctrl-m enter, ctrl-j a line feed, ctrl-[ esc. */
const SAME_KEY: Readonly<Record<string, string>> = {
  'ctrl-i': 'tab',
  'ctrl-m': 'enter',
  'ctrl-j': 'enter',
  'ctrl-[': 'esc',
};

/** What is wrong with a change of keys, and at which binding. */
export interface KeyProblem {
  readonly id: string;
  readonly sentence: string;
}

export function isKeyName(key: string): boolean {
  if (NAMED_KEYS.includes(key)) return true;
  const [, , character = ''] = /^(ctrl|meta)-(.+)$/su.exec(key) ?? [];
  if (character !== '') return graphemesOf(character).length === 1 && character !== ' ';
  return graphemesOf(key).length === 1 && !/[\s\p{C}]/u.test(key);
}

/** The keymap with these changes; `own` is the program's, and another one only in tests. */
export function keymapWith(changes: KeyChanges, own: readonly KeyBinding[] = KEYMAP): Keymap {
  const bindings = own.map((binding) => ({ ...binding, keys: changes[binding.id] ?? binding.keys }));
  const keyOf = (id: KeyId): string => bindings.find((binding) => binding.id === id)?.keys[0] ?? '';
  return {
    bindings,
    bindingFor: (key, place) => bindings.find((binding) => binding.keys.includes(key) && worksOn(binding, place)),
    footerBindings: (place) =>
      bindings.filter(
        (binding) =>
          binding.footer &&
          (binding.footerPlaces?.includes(place) ?? true) &&
          binding.keys.length > 0 &&
          worksOn(binding, place),
      ),
    keyOf,
    hasKey: (id, key) => bindings.some((binding) => binding.id === id && binding.keys.includes(key)),
    shown: (ownKey) => {
      const binding = own.find(({ keys }) => keys.includes(ownKey));
      return binding === undefined || changes[binding.id] === undefined ? ownKey : keyOf(binding.id);
    },
  };
}

/** The keys as the program has them. */
export const OWN_KEYS: Keymap = keymapWith({});

/** Everything that is wrong with these changes; nothing of them may be used while there is something. */
export function keyProblems(changes: Readonly<Record<string, readonly string[]>>): readonly KeyProblem[] {
  const known = new Map(KEYMAP.map((binding) => [binding.id as string, binding]));
  const problems: KeyProblem[] = [];
  for (const [id, keys] of Object.entries(changes)) {
    if (!known.has(id)) {
      problems.push({ id, sentence: `there is no key binding "${id}"${meant(id, [...known.keys()])}` });
      continue;
    }
    for (const key of keys) {
      const same = SAME_KEY[key];
      if (!isKeyName(key))
        problems.push({ id, sentence: `"${key}" is no key${meant(key, NAMED_KEYS)}; keys are single characters, ctrl-x, meta-x, or one of: ${NAMED_KEYS.join(' ')}` }); // prettier-ignore
      else if (same !== undefined) problems.push({ id, sentence: `terminals send ${key} as ${same}; write ${same}` });
    }
  }
  if (problems.length > 0) return problems;
  return [...lost(changes as KeyChanges), ...conflicts(changes as KeyChanges), ...confirming(changes as KeyChanges)];
}

function lost(changes: KeyChanges): readonly KeyProblem[] {
  return NEEDED.filter((id) => changes[id]?.length === 0).map((id) => ({
    id,
    sentence: `${id} must keep a key: without one there is no way out`,
  }));
}

/** The key that confirms a plan is none that opens one: held down, it would do both; nor is it the one that presses Cancel. */
function confirming(changes: KeyChanges): readonly KeyProblem[] {
  const { bindings } = keymapWith(changes);
  const does = bindings.find(({ id }) => id === 'plan-do')?.keys ?? [];
  const other = bindings.find(({ act, keys }) => act === true && keys.some((key) => does.includes(key)));
  if (does.includes('enter')) return [{ id: 'plan-do', sentence: 'enter presses Cancel in a plan; give plan-do another key' }];
  if (other === undefined) return [];
  const id = changes['plan-do'] === undefined ? other.id : 'plan-do';
  return [{ id, sentence: `"${does.find((key) => other.keys.includes(key)) ?? ''}" would open a plan (${other.id}) and confirm it (plan-do); give one of them another key` }];
} // prettier-ignore

/** One key, two meanings at one place. Told at the binding that was changed. */
function conflicts(changes: KeyChanges): readonly KeyProblem[] {
  const { bindings } = keymapWith(changes);
  return bindings.flatMap((binding, at) =>
    bindings.slice(at + 1).flatMap((other): readonly KeyProblem[] => {
      const key = binding.keys.find((one) => other.keys.includes(one));
      const place = commonPlace(binding, other);
      if (key === undefined || place === undefined) return [];
      // The keymap has no conflict of its own: at least one of the two was changed.
      const [changed, kept] = changes[binding.id] === undefined ? [other, binding] : [binding, other];
      const where = place === '' ? '' : ` on ${place}`;
      return [{ id: changed.id, sentence: `"${key}" is both ${changed.id} and ${kept.id}${where}; give one of them another key` }];
    }),
  ); // prettier-ignore
}

/** A place where both work; '' for everywhere, undefined for nowhere. */
function commonPlace(a: KeyBinding, b: KeyBinding): KeyPlace | '' | undefined {
  if (a.places === undefined && b.places === undefined) return '';
  const places = a.places ?? b.places ?? [];
  return places.find((place) => worksOn(a, place) && worksOn(b, place));
}

function meant(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}
