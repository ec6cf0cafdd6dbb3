import { expect, test } from 'vitest';
import { runChaos } from '../../proof/chaos/run-chaos.ts';

test(
  'twenty kills of workers, instances, masters, AWS and consoles: every counter is exact, and nothing is left',
  { timeout: 240_000 },
  async () => {
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    const { figures, violations } = await runChaos({ kills: 20, jobs: 24, seed: 1, steps: 20, workers: 4, everyMs: 1_000, say });
    expect(violations, said.join('\n')).toEqual([]);
    expect(figures).toMatchObject({ kills: 20, jobs: 24, exact: 24, lost: 0, doubled: 0, zombies: 0, left: 0 });
  },
); // prettier-ignore
