import { simulate } from '../test/simulation/simulate.ts';
import { MUTANTS } from './mutant-list.ts';
import { type Mutant, withSimulation } from './simulation-bundle.ts';
import { runSeeds } from './simulate.ts';
import type { ProofOptions, Proven } from './proof.ts';

/** Characters of a violation that are told. */
const HOW_MAX = 150;

/**
 * `--seeds 200 --hours 2 --only NAME`: plants each defect and looks for the first seed that finds it. A seed counts only if the
 * simulation without the defect has nothing to say of it.
 */
export async function mutantsProof({ flags, say }: ProofOptions): Promise<Proven> {
  const seeds = Number(flags['seeds'] ?? 200);
  const hours = Number(flags['hours'] ?? 2);
  const chosen = MUTANTS.filter(({ name }) => flags['only'] === undefined || name === flags['only']);
  const foundBy: Record<string, number> = {};
  for (const mutant of chosen) {
    const found = await finderOf(mutant, { seeds, hours });
    if (found !== undefined) foundBy[mutant.name] = found.seed;
    say(`${mutant.name}: ${found === undefined ? `NOT FOUND in ${seeds} seeds` : `seed ${found.seed}, ${found.how}`}`);
  }
  const found = Object.keys(foundBy).length;
  const figures = { planted: chosen.length, found, seedsMax: seeds, hours, foundBy };
  return { figures, violated: found < chosen.length };
}

interface Finder {
  readonly seed: number;
  readonly how: string;
}

/** Seeds that fail without the defect as well are passed over. */
async function finderOf(
  mutant: Mutant,
  run: { readonly seeds: number; readonly hours: number },
): Promise<Finder | undefined> {
  const { seeds, hours } = run;
  let from = 1;
  while (from <= seeds) {
    const first = await firstFailing(mutant, { seeds: seeds - from + 1, hours, from });
    if (first === undefined) return undefined;
    const whole = await simulate(first.seed, hours);
    if (whole.violations.length === 0) return first;
    from = first.seed + 1;
  }
  return undefined;
}

async function firstFailing(
  mutant: Mutant,
  run: { readonly seeds: number; readonly hours: number; readonly from: number },
): Promise<Finder | undefined> {
  const failing: Finder[] = [];
  await withSimulation(mutant, (bundle) =>
    runSeeds(bundle, { ...run, stop: true }, ({ seed, violations: [how] }) => {
      if (how !== undefined) failing.push({ seed, how: how.replaceAll(/\s+/g, ' ').slice(0, HOW_MAX) });
    }),
  );
  return failing.sort((a, b) => a.seed - b.seed)[0];
}
