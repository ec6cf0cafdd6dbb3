import { runMonkey } from '../../test/support/monkey.ts';
import { runSoak } from './soak.ts';

/** In a process of its own, bundled: `monkey SEED MINUTES` or `soak SEED HOURS`; one JSON line on stdout, progress on stderr. */
const [what = '', seed = '1', amount = '1'] = process.argv.slice(2);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

function inUseMb(): number {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  return Math.round(process.memoryUsage().heapUsed / 2 ** 18) / 4;
}

/** One run after another for so many minutes; a run that violates nothing says so little that it is only counted. */
async function monkey(): Promise<object> {
  const endMs = performance.now() + Number(amount) * 60_000;
  const sums = { runs: 0, actions: 0, sessions: 0, churns: 0, resizes: 0, plansShown: 0, confirmed: 0 };
  const violations: string[] = [];
  const memoryMb: number[] = [];
  for (let run = 0; performance.now() < endMs && violations.length === 0; run++) {
    const goesOn = (actions: number): boolean => actions < 5_000 && performance.now() < endMs;
    const report = await runMonkey({ seed: Number(seed) + run, goesOn });
    sums.runs++;
    for (const key of ['actions', 'sessions', 'churns', 'resizes', 'plansShown', 'confirmed'] as const) sums[key] += report[key]; // prettier-ignore
    violations.push(...report.violations);
    memoryMb.push(inUseMb());
    say(`run ${run + 1}: ${JSON.stringify(sums)} ${memoryMb.at(-1)} MB`);
  }
  return { ...sums, memoryMb, violations };
}

const figures =
  what === 'soak' ? await runSoak({ seed: Number(seed), hours: Number(amount), say, inUseMb }) : await monkey();
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);
