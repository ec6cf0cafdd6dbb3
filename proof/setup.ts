import { breakAtCalls } from '../test/aws/setup/breaking.ts';
import { testCloud } from '../test/aws/setup/fixture.ts';
import type { ProofOptions, Proven } from './proof.ts';

/** `init` and `destroy` break at every one of their calls in turn, and the same command run again goes on to the end. */
export async function setupProof({ say }: ProofOptions): Promise<Proven> {
  const under = await testCloud();
  try {
    const init = await breakAtCalls({ under, verb: 'init', everyNth: 1 });
    const destroy = await breakAtCalls({ under, verb: 'destroy', everyNth: 1 });
    const violations = [...init.violations, ...destroy.violations];
    for (const violation of violations) say(`VIOLATION ${violation}`);
    const figures = {
      initCalls: init.calls,
      initBroken: init.broken,
      destroyCalls: destroy.calls,
      destroyBroken: destroy.broken,
      violations: violations.length,
    };
    return { figures, violated: violations.length > 0 };
  } finally {
    await under.close();
  }
}
