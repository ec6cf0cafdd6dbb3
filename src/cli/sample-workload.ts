import path from 'node:path';
import type { Snapshot } from '../engine/model/snapshot.ts';
import type { Submission } from './submit-jobs.ts';

/** Samples of each job. */
export const SAMPLES_PER_JOB = 80_000_000;
/**
 * Samples a second of each job at most, so 20 s a job: on a fast machine, too, longer than the notice of a worker (a job
 * that ends within it shows nothing), and part of the machine stays free for its user.
 */
const RATE = 4_000_000;
/** Seconds between the checkpoints of the sample's jobs. */
const CHECKPOINT_S = 4;

/** The examples lie beside dist/ in the package. */
function examplesFolder(): string {
  return path.resolve(import.meta.dirname, '..', 'examples');
}

/** Pi by Monte Carlo in many jobs: the book's sum of samples is exactly jobs x samples, for any pattern of interruptions. */
export function piJobs(book: string, jobs: number): readonly Submission[] {
  return Array.from({ length: jobs }, (_, at) => {
    const number = String(at + 1).padStart(3, '0');
    return {
      baseDir: path.join(examplesFolder(), 'pi'),
      value: {
        cbas: 1,
        name: `${book}-${number}`,
        run: {
          command: ['node', 'pi.mjs', '--seed', String(at + 1)],
          env: { SAMPLES: String(SAMPLES_PER_JOB), RATE: String(RATE) },
        },
        inputs: [{ from: 'file:pi.mjs', to: 'pi.mjs' }],
        outputs: [{ path: 'out/*.json', name: 'estimate' }],
        checkpoint: { driver: 'app', signal: 'SIGUSR2', intervalS: CHECKPOINT_S },
        record: { book, key: `seed-${at + 1}`, from: 'estimate' },
      },
    };
  });
}

/** The first book of the sample that does not exist yet: pi, pi-2, pi-3 and so on. */
export function nextBook(snapshot: Snapshot): string {
  const taken = new Set([...snapshot.jobs].map(({ name }) => name.replace(/-\d{3}$/, '')));
  for (let number = 1; ; number++) {
    const book = number === 1 ? 'pi' : `pi-${number}`;
    if (!taken.has(book)) return book;
  }
}
