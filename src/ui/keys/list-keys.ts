import { DESCRIBED, FAULTY, keyList, LINKED, LISTS, MARKED, OPENED, SCROLLED, TABLES } from './key-shape.ts';

/** Keys that go over rows and lines. */
export const MOVE_KEYS = keyList([
  { id: 'up', keys: ['up', 'k'], label: 'up', places: SCROLLED },
  { id: 'down', keys: ['down', 'j'], label: 'down', places: SCROLLED },
  { id: 'left', keys: ['left', 'h'], label: 'left, lower bid', places: ['workers', 'market'] },
  { id: 'right', keys: ['right', 'l'], label: 'right, higher bid', places: ['workers', 'market'] },
  { id: 'top', keys: ['g', 'home'], label: 'first', places: SCROLLED },
  { id: 'bottom', keys: ['G', 'end'], label: 'last', places: SCROLLED },
  { id: 'page-down', keys: ['ctrl-f', 'pagedown'], label: 'page down', places: SCROLLED },
  { id: 'page-up', keys: ['ctrl-b', 'pageup'], label: 'page up', places: SCROLLED },
  { id: 'half-down', keys: ['ctrl-d'], label: 'half a page down', places: SCROLLED },
  { id: 'half-up', keys: ['ctrl-u'], label: 'half a page up', places: SCROLLED },
]);

/** Keys of lists: which rows, in which order, and what is known of one. */
export const LIST_KEYS = keyList([
  { id: 'filter', keys: ['/'], label: 'filter', places: TABLES, footer: true },
  { id: 'open', keys: ['enter'], label: 'open', places: OPENED, footer: true },
  { id: 'why', keys: ['w'], label: 'why', places: [...TABLES, 'overview'], footer: true },
  { id: 'log', keys: ['l'], label: 'log', places: ['jobs'], footer: true },
  { id: 'describe', keys: ['d'], label: 'all that is known', places: DESCRIBED },
  { id: 'compare', keys: ['='], label: 'compare two', places: MARKED },
  { id: 'report', keys: ['e'], label: 'write a report', places: ['incidents', 'overview'] },
  { id: 'back', keys: ['esc'], label: 'back, clear', footer: true, footerPlaces: ['log', 'text'] },
  { id: 'pane', keys: ['tab'], label: 'grid or table', places: ['workers'], footer: true },
  { id: 'sort', keys: ['s'], label: 'sort', places: TABLES, footer: 'seldom' },
  { id: 'reverse', keys: ['r'], label: 'reverse the order', places: TABLES },
  { id: 'columns', keys: ['o'], label: 'columns', places: TABLES, footer: 'seldom' },
  { id: 'follow', keys: [']'], label: 'follow', places: LINKED, footer: 'seldom' },
  { id: 'follow-other', keys: ['}'], label: 'follow, other', places: LINKED },
  { id: 'return', keys: ['['], label: 'return', places: [...LISTS, 'overview'] },
  { id: 'faults', keys: ['f'], label: 'faults', places: FAULTY, footer: true },
  { id: 'find', keys: ['\\'], label: 'find a text', places: LISTS },
  { id: 'next', keys: ['n'], label: 'next match', places: LISTS },
  { id: 'previous', keys: ['N'], label: 'previous match', places: LISTS },
  { id: 'command', keys: [':'], label: 'command, go to' },
  { id: 'mark', keys: ['space'], label: 'mark', places: MARKED },
  { id: 'range', keys: ['v'], label: 'mark a range', places: MARKED },
  { id: 'mark-all', keys: ['*'], label: 'mark all in the filter', places: MARKED },
  { id: 'copy', keys: ['y'], label: 'copy the id', places: SCROLLED },
  { id: 'pause', keys: ['z'], label: 'pause the screen' },
]);
