import { expect, test } from 'vitest';
import { runFailpoints } from '../../proof/failpoints/run-failpoints.ts';

test('a worker that dies at any point of a checkpoint: every count is exact, and nothing is left or restored that was not committed', { timeout: 400_000 }, async () => {
  const said: string[] = [];
  const { figures, violations } = await runFailpoints({ times: 1, workers: 5, say: (line) => void said.push(line) });
  expect(violations, said.join('\n')).toEqual([]);
  expect(figures).toMatchObject({ points: 13, kills: 13, orphans: 0, uncommittedRestores: 0 });
}); // prettier-ignore
