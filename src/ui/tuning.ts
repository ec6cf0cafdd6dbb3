import type { OpenTuner, Tuner, TunerMarket, TunerQuestion } from '../engine/model/tuner.ts';
import { tunerSubject } from '../engine/select/tuner.ts';
import { type Cockpit, shownSnapshot } from './cockpit.ts';

/** New prices are looked at this often, at most: a screen that changes under the hand cannot be read. */
const FRESH_EVERY_MS = 60_000;
/** A turn of the opening: keys are read in between. */
const TURN_MS = 8;

/** Which what-if is open; another key is another one. Empty when no bid is tuned. */
export function tuningKeyOf(
  dialog: { readonly kind: string; readonly pool?: unknown; readonly policy?: unknown } | undefined,
): string {
  return dialog?.kind === 'bid' ? `${String(dialog.pool)} ${String(dialog.policy)}` : '';
}

function seldomestOf({ markets, chosen }: TunerQuestion): TunerMarket | undefined {
  const rate = ({ capacity }: TunerMarket): number => capacity?.perHour ?? Infinity;
  const least = markets.reduce<TunerMarket | undefined>((a, b) => (a === undefined || rate(b) < rate(a) ? b : a), undefined); // prettier-ignore
  const own = markets[chosen];
  return own === undefined || least === undefined || rate(least) >= rate(own) ? undefined : least;
}

/** Prepares what the tuner shows, a few ms at a time, and anew when there are newer prices. Until the returned function is called. */
export function keepTuning(cockpit: Cockpit, openTuner: OpenTuner): () => void {
  const { store, clock } = cockpit;
  let isOver = false;
  let isOpening = false;
  const open = (): void => {
    const { dialog, tuning } = store.getState();
    if (dialog?.kind !== 'bid' || isOpening || isOver) return;
    const now = clock.now();
    const subject = tunerSubject(shownSnapshot(cockpit), dialog.pool, { now, policy: dialog.policy });
    if (subject === undefined) return store.setState({ tuning: undefined });
    const { question, about, assumed } = subject;
    const { series: { atMs }, capacity } = question.markets[question.chosen]!; // prettier-ignore
    const newestAt = atMs.at(-1) ?? 0;
    const isSame = tuning?.pool === dialog.pool && tuning.policy === dialog.policy;
    if (isSame && tuning.newestAt === newestAt && tuning.failed === '') return;
    const { workH, deadlineH, checkpointS } = question.job;
    const known = { pool: dialog.pool, policy: dialog.policy, about, assumed, workH, deadlineH, checkpointS, capacity, seldomest: seldomestOf(question), preparedAt: now, prices: atMs.length, newestAt }; // prettier-ignore
    // What is on the screen stays there until the newer one can answer.
    if (!isSame) store.setState({ tuning: { ...known, tuner: undefined, failed: '', parts: 0 } });
    isOpening = true;
    openTuner(question)
      .then((tuner) => {
        while (isSame && !isOver && tuner.step());
        isOpening = false;
        if (isOver) return;
        store.setState({ tuning: { ...known, tuner, failed: '', parts: 0 } });
        goOn(tuner);
      })
      .catch((error: unknown) => {
        isOpening = false;
        const failed = error instanceof Error ? error.message : String(error);
        if (!isOver) store.setState({ tuning: { ...known, tuner: undefined, failed, parts: 0 } });
      });
  };
  const goOn = (tuner: Tuner): void => {
    const { tuning } = store.getState();
    if (isOver || tuning?.tuner !== tuner || tuner.isOpen) return;
    const until = clock.monotonicMs() + TURN_MS;
    while (tuner.step() && clock.monotonicMs() < until);
    store.setState({ tuning: { ...tuning, parts: tuning.parts + 1 } });
    clock.soon(() => goOn(tuner));
  };
  open();
  const stop = clock.every(FRESH_EVERY_MS, open);
  return () => {
    isOver = true;
    stop();
    store.setState({ tuning: undefined });
  };
}
