import { useApp, useWindowSize } from 'ink';
import { type ReactNode, useEffect, useLayoutEffect, useMemo } from 'react';
import { useStore } from 'zustand';
import { keyContext } from './act.ts';
import type { Cockpit, TerminalControl } from './cockpit.ts';
import { drawChooser } from './components/chooser.ts';
import { drawDialog } from './components/dialog.ts';
import { wrapWords } from './components/fields.ts';
import { drawFooter } from './components/footer.ts';
import { drawHeader } from './components/header.ts';
import { drawPalette } from './components/palette.ts';
import { drawResults } from './components/results-box.ts';
import { drawPrompt } from './components/prompt.ts';
import { drawTabs } from './components/tabs.ts';
import { drawWhy } from './components/why.ts';
import { drawVerdict } from './components/verdict.ts';
import { COLUMNS_MIN, type Frame, isDetailShown, isTooSmall, layoutOf, ROWS_MIN } from './frame.ts';
import type { FrameWriter } from './frame-writer.ts';
import { HELD_TICK_MS, settleHeld } from './held-acts.ts';
import { keepSorted } from './open-screen.ts';
import { besides, BLANK, type Painted, paintLine, span } from './line.ts';
import { drawHelp } from './screens/help.ts';
import { SCREEN_SPECS, selectedId } from './screens/index.ts';
import { drawLog } from './screens/log.ts';
import type { TerminalHands } from './terminal-hands.ts';
import { lender } from './lent-terminal.ts';
import { keepReadingFacts, keepReadingLog, logKeyOf } from './reading.ts';
import { keepReadingAudit } from './reading-audit.ts';
import { keepSearching } from './searching.ts';
import { keepTuning, tuningKeyOf } from './tuning.ts';
import { useSnapshot } from './use-engine.ts';
import { useKeys } from './use-keys.ts';
import { runOnTerminal } from './run-on-terminal.ts';
import { watchedJobs } from './watch.ts';

interface AppProps {
  readonly cockpit: Cockpit;
  readonly hands: TerminalHands;
  readonly frames: FrameWriter;
}

/**
 * The console: header, verdict, tabs, one screen, a line to tell, and the keys. It fills the terminal and never more. What
 * it shows are rows, of which React and Ink need know nothing: each frame goes to the terminal as it is drawn.
 */
export function App({ cockpit, hands, frames }: AppProps): ReactNode {
  const size = useWindowSize();
  const newest = useSnapshot(cockpit.engine);
  const ui = useStore(cockpit.store);
  const { store, clock, theme, keymap, engine } = cockpit;
  const terminal = useTerminal(hands);
  useKeys(cockpit, terminal);
  useEffect(() => void hands.ready(terminal));
  // Before the frame is on the terminal: whoever sees it may press a key, and a screen that is thought too small takes none.
  useLayoutEffect(
    () => store.setState({ size: { columns: size.columns, rows: size.rows } }),
    [store, size.columns, size.rows],
  );
  useEffect(
    () =>
      clock.every(1_000, () => {
        store.setState({ now: clock.now(), ownMaster: engine.ownMaster() });
        keepSorted(cockpit);
      }),
    [cockpit, store, clock, engine],
  );
  useDialogShown(cockpit, !isTooSmall(size));
  useHeldActs(cockpit);
  useReading(cockpit);
  const goOnSearching = useMemo(() => keepSearching(cockpit), [cockpit]);
  useEffect(goOnSearching);
  const snapshot = ui.frozen?.snapshot ?? newest;
  const now = ui.frozen?.now ?? Math.max(ui.now, snapshot.at);
  const frame: Frame = { snapshot, ui: { ...ui, size }, theme, keymap, now, width: size.columns };
  const watched = watchedJobs(frame).join(' ');
  useEffect(() => engine.watch(watched === '' ? [] : watched.split(' ')), [engine, watched]);
  const lines = isTooSmall(size) ? drawTooSmall(frame) : drawConsole(frame, cockpit);
  useLayoutEffect(() => frames.show(lines));
  return null;
}

/**
 * A plan, or a question, may be answered some time after it has been on the screen: effects run once its frame is made. On a
 * terminal that has become too small to show it, it is deaf, and it is to be read again when there is room.
 */
function useDialogShown({ store, clock }: Cockpit, hasRoom: boolean): void {
  const dialog = useStore(store, (ui) => ui.dialog);
  useEffect(() => {
    if (dialog === undefined || !('shownAtMs' in dialog) || (dialog.shownAtMs !== undefined) === hasRoom) return;
    store.setState({ dialog: { ...dialog, shownAtMs: hasRoom ? clock.monotonicMs() : undefined } });
  }, [store, clock, dialog, hasRoom]);
}

/** What is held back is looked at only while there is any. */
function useHeldActs(cockpit: Cockpit): void {
  const isHeld = useStore(cockpit.store, (ui) => ui.held.length > 0);
  useEffect(() => {
    if (!isHeld) return undefined;
    settleHeld(cockpit);
    return cockpit.clock.every(HELD_TICK_MS, () => settleHeld(cockpit));
  }, [cockpit, isHeld]);
}

/** What only an open log or detail shows is read while it is open. */
function useReading(cockpit: Cockpit): void {
  const openLog = useStore(cockpit.store, (ui) => logKeyOf(ui.log));
  const isDetail = useStore(cockpit.store, (ui) => ui.screen === 'jobs' && isDetailShown(ui));
  useEffect(() => (openLog === '' ? undefined : keepReadingLog(cockpit)), [cockpit, openLog]);
  const bidTuned = useStore(cockpit.store, (ui) => tuningKeyOf(ui.dialog));
  const isAudit = useStore(cockpit.store, (ui) => ui.screen === 'audit');
  useEffect(() => (isAudit ? keepReadingAudit(cockpit) : undefined), [cockpit, isAudit]);
  const { openTuner } = cockpit;
  useEffect(() => (bidTuned === '' ? undefined : keepTuning(cockpit, openTuner)), [cockpit, bidTuned, openTuner]);
  useEffect(() => (isDetail ? keepReadingFacts(cockpit) : undefined), [cockpit, isDetail]);
}

function useTerminal(hands: TerminalHands): TerminalControl {
  const { exit, suspendTerminal } = useApp();
  const lend = useMemo(() => lender(suspendTerminal, () => hands.back()), [suspendTerminal, hands]);
  return {
    exit: () => void hands.settled().then(() => exit()),
    copy: (text) => hands.copy(text),
    suspend: () => void hands.settled().then(() => lend(() => hands.stop())),
    // Ink paints everything anew when it gets the terminal back; there is no other way to ask it.
    redraw: () => void lend(() => undefined),
    run: (program) => hands.settled().then(() => runOnTerminal(program, lend)),
  };
}

/** On so low a terminal a plan is worth more than the list that it came from. */
const BODY_ROWS_LOW = 10;
/** More of the list stays in sight than of what came of an act. */
const RESULT_ROWS_MAX = 16;

function drawConsole(frame: Frame, cockpit: Cockpit): readonly Painted[] {
  const { bodyRows, gapRows } = layoutOf(frame.ui);
  const { dialog, results } = frame.ui;
  const room = Math.max(3, bodyRows - (bodyRows <= BODY_ROWS_LOW ? 2 : 4));
  const context = keyContext(cockpit);
  const told = results === undefined ? [] : drawResults(frame, results, Math.min(room, RESULT_ROWS_MAX));
  const looked = [...drawChooser(frame), ...drawWhy(frame, room), ...drawPalette(frame, context, room)];
  const asked = dialog !== undefined ? drawDialog(frame, dialog, room) : results === undefined ? looked : told;
  return [
    drawHeader(frame),
    drawVerdict(frame),
    drawTabs(frame),
    ...exactly(gapRows, []),
    ...drawScreen(frame, bodyRows - asked.length),
    ...asked,
    drawPrompt(frame),
    drawFooter(frame, context),
  ];
}

function drawScreen(frame: Frame, height: number): readonly Painted[] {
  const { ui } = frame;
  if (ui.isHelpOpen) return exactly(height, drawHelp(frame, height));
  if (ui.log !== undefined) return exactly(height, drawLog(frame, ui.log, height));
  const { listColumns, detailColumns } = layoutOf(ui);
  const draw = (): readonly Painted[] => SCREEN_SPECS[ui.screen].draw({ ...frame, width: listColumns }, height);
  const list = listColumns > 0 ? exactly(height, draw()) : [];
  if (detailColumns === 0) return list;
  const detail = exactly(height, drawDetail({ ...frame, width: detailColumns }, height));
  return listColumns === 0 ? detail : list.map((line, at) => besides(line, listColumns, detail[at] ?? BLANK));
}

/** What is missing is blank, what is too much is not shown: a frame's height never moves. */
function exactly(height: number, lines: readonly Painted[]): readonly Painted[] {
  return Array.from({ length: Math.max(0, height) }, (_, at) => lines[at] ?? BLANK);
}

function drawDetail(frame: Frame, height: number): readonly Painted[] {
  const { snapshot, ui } = frame;
  return SCREEN_SPECS[ui.screen].detail?.(frame, selectedId(ui.screen, snapshot, ui), height) ?? [];
}

/** One sentence, as much of it as there is room for. */
function drawTooSmall({ ui, theme }: Frame): readonly Painted[] {
  const { columns, rows } = ui.size;
  const sentence = `cbas needs ${COLUMNS_MIN}x${ROWS_MIN}; this is ${columns}x${rows}`;
  return exactly(rows, wrapWords(sentence, columns).map((part) => paintLine(theme, columns, [span(part)]))); // prettier-ignore
}
