import fs from 'node:fs';
import path from 'node:path';

export const BOOK = 'counts';
const PROGRAM = 'counter.mjs';

/** A job that counts. Its record is known before it runs. */
export interface Counter {
  readonly name: string;
  readonly seed: number;
  readonly steps: number;
}

export type Count = Readonly<Record<'steps' | 'last' | 'sum', number>>;

export function makeCounters(count: number, options: { readonly seed: number; readonly steps: number }): Counter[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `counter-${String(at).padStart(3, '0')}`,
    seed: options.seed * 1_000 + at,
    steps: options.steps,
  }));
}

/** What the program must end with: the same rule, in one go. */
export function exactCount({ seed, steps }: Counter): Count {
  let last = seed;
  let sum = 0;
  for (let step = 0; step < steps; step++) {
    last = (Math.imul(last, 1_664_525) + 1_013_904_223) >>> 0;
    sum += last;
  }
  return { steps, last, sum };
}

export function isExact(counter: Counter, value: Readonly<Record<string, number>> | undefined): boolean {
  const exact = exactCount(counter);
  return value !== undefined && value['steps'] === exact.steps && value['last'] === exact.last && value['sum'] === exact.sum; // prettier-ignore
}

/** Half of them save when they are asked, the others at their own pace. */
function documentOf({ name, seed, steps }: Counter): object {
  const isAsked = seed % 2 === 0;
  const command = ['node', PROGRAM, '--seed', String(seed), '--steps', String(steps), ...(isAsked ? ['--asked'] : [])];
  return {
    cbas: 1,
    name,
    run: { command },
    inputs: [{ from: `file:${PROGRAM}`, to: PROGRAM }],
    outputs: [{ path: 'out/count.json', name: 'count' }],
    checkpoint: { driver: 'app', intervalS: 1, ...(isAsked && { signal: 'SIGUSR2' }) },
    record: { book: BOOK, key: name, from: 'count' },
  };
}

/** A file for `cbas submit`, the program beside it. */
export function writeBatch(folder: string, name: string, counters: readonly Counter[]): string {
  fs.copyFileSync(path.join(import.meta.dirname, PROGRAM), path.join(folder, PROGRAM));
  const file = path.join(folder, `${name}.json`);
  fs.writeFileSync(file, JSON.stringify(counters.map(documentOf)));
  return file;
}
