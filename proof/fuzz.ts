import { runFuzz } from '../test/fuzz/fuzz.ts';
import type { ProofOptions, Proven } from './proof.ts';

/** `--cases 100000 --seed 1`: random and mutated input to every decoder; none may crash, and every refusal says what and where. */
export async function fuzzProof({ flags, say }: ProofOptions): Promise<Proven> {
  const cases = Number(flags['cases'] ?? 100_000);
  const seed = Number(flags['seed'] ?? 1);
  const { refused, accepted, violated, violations } = await runFuzz({ cases, seed });
  for (const violation of violations) say(`VIOLATION seed ${seed}, ${violation}`);
  return { figures: { cases, seed, refused, accepted, violations: violated }, violated: violated > 0 };
}
