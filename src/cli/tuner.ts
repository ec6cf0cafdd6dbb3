import type { OpenTuner, Tuner, TunerQuestion } from '../engine/model/tuner.ts';

/** What the tuner is made of. It is loaded when the first bid is tuned: a console that only looks never needs it. */
export async function loadWhatIf() {
  const [{ openWhatIf }, { MODERN }, { TRANSITION }] = await Promise.all([
    import('../engine/sim/what-if.ts'),
    import('../engine/market/billing-modern.ts'),
    import('../engine/market/billing-transition.ts'),
  ]);
  return { openWhatIf, MODERN, TRANSITION };
}

/** The what-if of a question. The embedded market takes instances back by price and charges by the second, as EC2 did in late 2017. */
export function tunerOf(
  { openWhatIf, MODERN, TRANSITION }: Awaited<ReturnType<typeof loadWhatIf>>,
  { job, markets, chosen, nowMs, bidBuysSafety }: TunerQuestion,
): Tuner {
  const billing = bidBuysSafety ? TRANSITION : MODERN;
  return openWhatIf({
    job: { ...job, atLastMoment: 'wait' },
    markets: markets.map((market) => ({ ...market, billing })),
    chosen,
    nowMs,
  });
}

export const openTuner: OpenTuner = async (question) => tunerOf(await loadWhatIf(), question);
