import { chaosProof } from './chaos/chaos-proof.ts';
import { monkeyProof, soakProof } from './console.ts';
import { exactProof } from './exact.ts';
import { failpointsProof } from './failpoints/failpoints-proof.ts';
import { mutantsProof } from './mutants.ts';
import { fuzzProof } from './fuzz.ts';
import type { ProofOptions, Proven } from './proof.ts';
import { setupProof } from './setup.ts';
import { simulateProof } from './simulate.ts';

/** `npm run proof -- NAME [--flag value]`: one JSON line on stdout, progress on stderr, exit 1 on any violation. */
const PROOFS: Readonly<Record<string, (options: ProofOptions) => Promise<Proven>>> = {
  chaos: chaosProof,
  exact: exactProof,
  simulate: simulateProof,
  mutants: mutantsProof,
  fuzz: fuzzProof,
  setup: setupProof,
  failpoints: failpointsProof,
  monkey: monkeyProof,
  soak: soakProof,
};

const [name = '', ...args] = process.argv.slice(2);
const proof = PROOFS[name];
if (proof === undefined) {
  process.stderr.write(`proof: there is no "${name}"; there are: ${Object.keys(PROOFS).join(', ')}\n`);
  process.exit(2);
}
const flags = Object.fromEntries(
  args.flatMap((flag, at) => (flag.startsWith('--') ? [[flag.slice(2), args[at + 1] ?? '']] : [])),
);
const { figures, violated } = await proof({ flags, say: (line) => void process.stderr.write(`${line}\n`) });
process.stdout.write(`${JSON.stringify({ proof: name, at: new Date().toISOString(), ...figures })}\n`);
process.exit(violated ? 1 : 0);
