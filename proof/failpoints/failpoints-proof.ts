import type { ProofOptions, Proven } from '../proof.ts';
import { runFailpoints } from './run-failpoints.ts';

/** `--times 10 --workers 4`: kill -9 of workers at every named point of the checkpoint protocol; every count exact, nothing left. */
export async function failpointsProof({ flags, say }: ProofOptions): Promise<Proven> {
  const { figures, violations } = await runFailpoints({
    times: Number(flags['times'] ?? 10),
    workers: Number(flags['workers'] ?? 4),
    say,
  });
  for (const violation of violations) say(`VIOLATION ${violation}`);
  return { figures, violated: violations.length > 0 };
}
