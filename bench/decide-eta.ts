import { compute } from '../src/cli/compute.ts';
import { type EtaCase, type EtaSummary, summarizeEta } from '../src/engine/sim/what-if-trial.ts';
import { spotSets } from './spot-sets.ts';

const INSTANTS = 40;
const SETS_BILLED = 'classic';

export interface EtaFigures {
  /** Over all sets; jobs that wait for the market, whatever it takes. */
  readonly etaP95Coverage: number | null;
  readonly etaBySet: readonly ({ readonly set: string; readonly atLastMoment: string } & EtaSummary)[];
  /** Of the probability that nothing interrupts the work, as the tuner shows it. */
  readonly etaCalibrationGap: number;
}

/** ETAs of jobs on the later third of each set: told by the what-if of the instant, which sees earlier prices only. */
export async function decideEta(say: (line: string) => void, seed = 1): Promise<EtaFigures> {
  const etaBySet = [];
  const all: EtaCase[] = [];
  for (const { set, markets, ...window } of spotSets(say))
    for (const atLastMoment of ['wait', 'on-demand'] as const) {
      const inputs = markets.map((market) => ({ ...market, ...window, instants: INSTANTS, seed, atLastMoment, billing: SETS_BILLED } as const)); // prettier-ignore
      const cases = (await compute('eta', inputs)).flat();
      const row = { set, atLastMoment, ...summarizeEta(cases) };
      etaBySet.push(row);
      if (atLastMoment === 'wait') all.push(...cases);
      say(`eta ${JSON.stringify(row)}`);
    }
  const { coverage, calibrationGap } = summarizeEta(all);
  return { etaP95Coverage: coverage, etaBySet, etaCalibrationGap: calibrationGap };
}
