import { ACT_KEYS } from './keys/act-keys.ts';
import { CLOSED_PLACES, type KeyEntry, type KeyPlace, keyList } from './keys/key-shape.ts';
import { LIST_KEYS, MOVE_KEYS } from './keys/list-keys.ts';
import { COLUMN_KEYS, LOG_KEYS, PLAN_KEYS, QUESTION_KEYS, RESULT_KEYS, TUNER_KEYS } from './keys/open-keys.ts';
import { SCREEN_TITLES, type ScreenKey, screenKey, SCREENS } from './screens.ts';

export type { KeyContext, KeyPlace } from './keys/key-shape.ts';

/** Keys of the program itself. */
const PROGRAM_KEYS = keyList([
  { id: 'help', keys: ['?'], label: 'help' },
  { id: 'redraw', keys: ['ctrl-l'], label: 'redraw' },
  { id: 'suspend', keys: ['ctrl-z'], label: 'suspend' },
  { id: 'quit', keys: ['q', 'ctrl-c'], label: 'quit', footer: true },
]);

const SCREEN_KEYS = SCREENS.map((screen): KeyEntry<`screen-${ScreenKey}`> => {
  const key = screenKey(screen);
  return { id: `screen-${key}`, keys: [key], label: SCREEN_TITLES[screen] };
});

/**
 * Keys are data: what `use-keys.ts` obeys, the footer shows, `?` explains and docs/keys.md prints. Lower case looks,
 * capitals act (`G` and `N`, which every terminal user moves with, excepted). A further key is a line in one of the lists of `keys/`.
 */
const LISTED = [
  ...ACT_KEYS,
  ...MOVE_KEYS,
  ...LOG_KEYS,
  ...LIST_KEYS,
  ...SCREEN_KEYS,
  ...COLUMN_KEYS,
  ...TUNER_KEYS,
  ...QUESTION_KEYS,
  ...PLAN_KEYS,
  ...RESULT_KEYS,
  ...PROGRAM_KEYS,
];

export type KeyId = (typeof LISTED)[number]['id'];
export type KeyBinding = KeyEntry<KeyId>;
export const KEYMAP: readonly KeyBinding[] = LISTED;

/** Where a key that is pressed now is looked up. */
export function placeOf(ui: {
  readonly screen: KeyPlace;
  readonly log: { readonly title?: string | undefined } | undefined;
  readonly dialog: { readonly kind: string } | undefined;
  readonly results: object | undefined;
  readonly chooser: object | undefined;
}): KeyPlace {
  if (ui.dialog?.kind === 'bid') return 'tuner';
  if (ui.dialog?.kind === 'plan') return 'plan';
  if (ui.dialog !== undefined) return 'question';
  if (ui.results !== undefined) return 'results';
  if (ui.chooser !== undefined) return 'columns';
  if (ui.log === undefined) return ui.screen;
  return ui.log.title === undefined ? 'log' : 'text';
}

export function worksOn(binding: KeyBinding, place: KeyPlace): boolean {
  return binding.places === undefined ? !CLOSED_PLACES.has(place) : binding.places.includes(place);
}

/** docs/keys.md, printed from the keys themselves; a test keeps the file equal to it. */
export function keysPage(): string {
  const rows = KEYMAP.map((binding) => {
    const keys = binding.keys.map((key) => `\`${key}\``).join(' ');
    const where = binding.places?.join(', ') ?? 'everywhere';
    return `| ${keys} | ${binding.label} | ${where} | ${binding.act ? 'acts' : ''} | \`${binding.id}\` |`;
  });
  return [
    '# Keys',
    '',
    'Lower case looks, capitals act. Every act shows a plan first; `y` carries it out, `enter` and `esc` close it. In a plan the arrows',
    'go over the steps, and `e` or `space` switches one off or on. An act on more than five rows, and every act where the deployment is',
    'marked as production, is confirmed by typing what the plan names, and `enter`. What ends jobs or workers is carried out some seconds',
    'after its confirmation (`--undo-for`); until then `U` takes it back.',
    '',
    'These are the keys as they come; [console.md](console.md) says how to change them. `?` shows the keys in force.',
    '',
    '| key | what it does | where | | name |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
