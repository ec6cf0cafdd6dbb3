import type { ProofOptions, Proven } from '../proof.ts';
import { runChaos } from './run-chaos.ts';

/** `--kills 100 --seed 1 --jobs 200`: kill -9 of everything at random moments; every counter exact, nothing left. */
export async function chaosProof({ flags, say }: ProofOptions): Promise<Proven> {
  const { figures, violations } = await runChaos({
    kills: Number(flags['kills'] ?? 100),
    jobs: Number(flags['jobs'] ?? 200),
    seed: Number(flags['seed'] ?? 1),
    steps: Number(flags['steps'] ?? 40),
    workers: Number(flags['workers'] ?? 6),
    everyMs: Number(flags['every'] ?? 2_500),
    say,
  });
  for (const violation of violations) say(`VIOLATION ${violation}`);
  return { figures, violated: violations.length > 0 };
}
