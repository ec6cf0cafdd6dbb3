import { keyList } from './key-shape.ts';

/** While a log is open, or another text. */
export const LOG_KEYS = keyList([
  { id: 'search', keys: ['/'], label: 'search', places: ['log', 'text'], footer: true },
  { id: 'next-match', keys: ['n'], label: 'next match', places: ['log', 'text'], footer: true },
  { id: 'previous-match', keys: ['N'], label: 'previous match', places: ['log', 'text'] },
  { id: 'stream', keys: ['tab'], label: 'stdout or stderr', places: ['log'], footer: true },
  { id: 'times', keys: ['t'], label: 'times', places: ['log'], footer: true },
  { id: 'epoch-before', keys: ['['], label: 'run before', places: ['log'], footer: true },
  { id: 'epoch-after', keys: [']'], label: 'run after', places: ['log'] },
]);

/** While columns are chosen. */
export const COLUMN_KEYS = keyList([
  { id: 'column-up', keys: ['up', 'k'], label: 'up', places: ['columns'] },
  { id: 'column-down', keys: ['down', 'j'], label: 'down', places: ['columns'] },
  { id: 'column-toggle', keys: ['space'], label: 'show or hide', places: ['columns'], footer: true },
  { id: 'column-earlier', keys: ['left', 'h'], label: 'further left', places: ['columns'], footer: true },
  { id: 'column-later', keys: ['right', 'l'], label: 'further right', places: ['columns'], footer: true },
  { id: 'column-sort', keys: ['s'], label: 'sort by it', places: ['columns'], footer: true },
  { id: 'column-reset', keys: ['d'], label: 'as it came', places: ['columns'], footer: true },
  { id: 'column-leave', keys: ['esc', 'enter', 'o'], label: 'done', places: ['columns'], footer: true },
]);

/** While a bid is tuned nothing else works: a digit is a price, and q would leave in the middle of it. */
export const TUNER_KEYS = keyList([
  { id: 'bid-down', keys: ['left', 'h'], label: 'lower', places: ['tuner'], footer: true },
  { id: 'bid-up', keys: ['right', 'l'], label: 'higher', places: ['tuner'], footer: true },
  { id: 'bid-far-down', keys: ['down', 'j'], label: 'ten steps lower', places: ['tuner'] },
  { id: 'bid-far-up', keys: ['up', 'k'], label: 'ten steps higher', places: ['tuner'] },
  { id: 'bid-plan', keys: ['enter'], label: 'plan…', places: ['tuner'], footer: true },
  { id: 'bid-on-demand', keys: ['o'], label: 'on-demand', places: ['tuner'], footer: true },
  { id: 'bid-recommended', keys: ['r'], label: 'recommended', places: ['tuner'], footer: true },
  { id: 'bid-checkpoints', keys: ['c'], label: 'checkpoints', places: ['tuner'], footer: 'seldom' },
  { id: 'bid-market', keys: ['m'], label: 'market', places: ['tuner'], footer: 'seldom' },
  { id: 'bid-leave', keys: ['esc'], label: 'leave', places: ['tuner'], footer: true },
]);

/** While something is asked for: how many, how urgent, whether to leave. Its other keys type, or are named in the question. */
export const QUESTION_KEYS = keyList([
  { id: 'question-leave', keys: ['esc'], label: 'back', places: ['question'], footer: true },
]);

/**
 * While a plan is asked about. Enter is not among them: it presses what has the focus, which is Cancel until the whole token has been
 * typed. Where a token is wanted, keys that type something type it: the plan itself tells what does what, and not the footer.
 */
export const PLAN_KEYS = keyList([
  { id: 'plan-do', keys: ['y'], label: 'do it', places: ['plan'] },
  { id: 'plan-up', keys: ['up', 'k'], label: 'step above', places: ['plan'] },
  { id: 'plan-down', keys: ['down', 'j'], label: 'step below', places: ['plan'] },
  { id: 'plan-switch', keys: ['e', 'space'], label: 'step off or on', places: ['plan'] },
  { id: 'plan-reason', keys: ['tab'], label: 'reason', places: ['plan'], footer: true },
  { id: 'plan-cancel', keys: ['esc'], label: 'cancel', places: ['plan'], footer: true },
]);

/** While what came of an act is listed id by id. */
export const RESULT_KEYS = keyList([
  { id: 'results-up', keys: ['up', 'k'], label: 'up', places: ['results'] },
  { id: 'results-down', keys: ['down', 'j'], label: 'down', places: ['results'] },
  { id: 'results-again', keys: ['R'], label: 'try the others again', places: ['results'], act: true },
  { id: 'results-close', keys: ['esc', 'enter', 'q'], label: 'close', places: ['results'], footer: true },
]);
