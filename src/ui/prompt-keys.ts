import { completed } from './complete.ts';
import { type Cockpit, frameOf } from './cockpit.ts';
import { findTyped } from './find.ts';
import type { KeyPress } from './key-press.ts';
import { searchLog } from './log-keys.ts';
import { SCREEN_SPECS } from './screens/index.ts';
import { type Prompt, setCursor, setFilter, type UiState } from './state.ts';

/** What a key makes of a text that is being typed; undefined when it does not change it. */
export function typedText(text: string, press: KeyPress): string | undefined {
  if (press.name === 'backspace' || press.name === 'delete') return [...text].slice(0, -1).join('');
  if (press.name === 'ctrl-u') return '';
  if (press.name === 'ctrl-w') return text.replace(/\S*\s*$/u, '');
  return press.text === '' ? undefined : text + press.text;
}

/** Keys while a filter, or what to look for, is typed. */
export function promptKey(cockpit: Cockpit, prompt: Exclude<Prompt, { kind: 'command' }>, press: KeyPress): void {
  const { store } = cockpit;
  const ui = store.getState();
  const text = promptText(ui, prompt);
  if (press.name === 'enter') return store.setState({ prompt: undefined, ...keptSearch(ui, prompt) });
  if (press.name === 'esc') return putBack(cockpit, ui, prompt);
  const next = press.name === 'tab' ? completedFilter(cockpit, ui, prompt) : typedText(text, press);
  if (next === undefined) return;
  if (prompt.kind === 'search') return findTyped(cockpit, next, prompt.cursor);
  if (ui.log !== undefined) return searchLog(cockpit, ui.log, next);
  setFilter(store, ui.screen, next);
}

/** What has been typed so far. */
export function promptText(ui: Pick<UiState, 'log' | 'filters' | 'screen' | 'search'>, prompt: Prompt): string {
  if (prompt.kind === 'command') return prompt.text;
  if (prompt.kind === 'search') return ui.search.text;
  return ui.log === undefined ? ui.filters[ui.screen] : ui.log.search;
}

/** Esc leaves the list as it was; n still goes to what was looked for. */
function putBack(cockpit: Cockpit, ui: UiState, prompt: Exclude<Prompt, { kind: 'command' }>): void {
  const { store } = cockpit;
  if (prompt.kind === 'search') {
    setCursor(store, ui.screen, prompt.cursor);
    return store.setState({ prompt: undefined, search: prompt.before });
  }
  const kept = keptSearch(ui, prompt);
  if (ui.log === undefined) setFilter(store, ui.screen, prompt.before);
  else searchLog(cockpit, ui.log, prompt.before);
  store.setState({ prompt: undefined, ...kept });
}

/** The plain words of a filter are what n and N look for afterwards, as a text: the first of them. */
function keptSearch(ui: UiState, prompt: Prompt): Partial<UiState> {
  if (prompt.kind !== 'filter' || ui.log !== undefined) return {};
  const { terms = [] } = SCREEN_SPECS[ui.screen].filter?.parse(ui.filters[ui.screen]) ?? {};
  const word = terms.find(({ op, isNot, column }) => op === 'has' && !isNot && column === undefined);
  return word === undefined ? {} : { search: { text: word.text, isShown: ui.search.isShown } };
}

function completedFilter(cockpit: Cockpit, ui: UiState, prompt: Prompt): string | undefined {
  if (prompt.kind !== 'filter' || ui.log !== undefined) return undefined;
  const { snapshot } = frameOf(cockpit);
  const { filter } = SCREEN_SPECS[ui.screen];
  return filter === undefined ? undefined : completed(filter, ui.filters[ui.screen], { snapshot, ui });
}
