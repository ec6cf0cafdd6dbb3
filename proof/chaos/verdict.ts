import { eventually, holds } from '../../test/support/eventually.ts';
import { BOOK, type Counter, isExact } from './counters.ts';
import type { Stage } from './stage.ts';

/** Two programs that load, on a busy machine. */
const ANSWERS_WITHIN_MS = 20_000;

/** A job as `cbas jobs --json` tells it. */
interface JobLine {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly why: string;
  readonly record: { readonly value: Readonly<Record<string, number>> } | null;
}

interface BookLine {
  readonly key: string;
  readonly jobId: string;
  readonly value: Readonly<Record<string, number>>;
}

export interface Verdict {
  /** Jobs in the table: the counters, and those that a second submission doubled. */
  readonly rows: number;
  /** Counters whose every job succeeded with the exact count, and that lie in the book with it. */
  readonly exact: number;
  /** Counters, and acknowledged ids, that are not there. */
  readonly lost: readonly string[];
  /** Keys that the book holds more than once. */
  readonly doubled: readonly string[];
  readonly problems: readonly string[];
}

const ENDED = new Set(['SUCCEEDED', 'FAILED', 'KILLED']);

/** Waits until every job has ended; the deadline only fails, and leaves the verdict to tell what has not. */
export async function untilEnded(stage: Stage, withinMs: number): Promise<void> {
  let open: readonly JobLine[] = [];
  try {
    await eventually(
      'every job has ended',
      async () => {
        open = (await jobLines(stage)).filter(({ state }) => !ENDED.has(state));
        return holds(open.length === 0);
      },
      { withinMs },
    );
  } catch {
    stage.say(`${open.length} jobs have not ended within ${withinMs / 1_000} s`);
    for (const { name, id, state, why } of open) stage.say(`  ${name} ${id} ${state}: ${why}`);
  }
}

export async function judge(stage: Stage, counters: readonly Counter[]): Promise<Verdict> {
  const jobs = await jobLines(stage);
  const records = ((await askJson(stage, 'book', BOOK)) as { readonly records: readonly BookLine[] }).records;
  const jobsOf = Map.groupBy(jobs, ({ name }) => name);
  const recordsOf = Map.groupBy(records, ({ key }) => key);
  const problems: string[] = [];
  const lost: string[] = [];
  let exact = 0;
  for (const counter of counters) {
    const mine = jobsOf.get(counter.name) ?? [];
    const recorded = recordsOf.get(counter.name) ?? [];
    if (mine.length === 0 || recorded.length === 0) lost.push(counter.name);
    const wrong = mine.filter(({ state, record }) => state !== 'SUCCEEDED' || !isExact(counter, record?.value));
    const isRight = wrong.length === 0 && recorded.length === 1 && isExact(counter, recorded[0]?.value);
    if (isRight) exact += 1;
    else problems.push(`${counter.name}: ${JSON.stringify({ jobs: mine, recorded })}`);
  }
  const ids = new Set(jobs.map(({ id }) => id));
  for (const id of stage.operators.acknowledged) if (!ids.has(id)) lost.push(`acknowledged ${id}`);
  const known = new Set(counters.map(({ name }) => name));
  const strange = records.filter(({ key }) => !known.has(key)).map(({ key }) => `a record of nobody: ${key}`);
  const doubled = [...recordsOf].flatMap(([key, entries]) => (entries.length > 1 ? [key] : []));
  return { rows: jobs.length, exact, lost, doubled, problems: [...problems, ...strange] };
}

async function jobLines(stage: Stage): Promise<readonly JobLine[]> {
  return (await askJson(stage, 'jobs')) as readonly JobLine[];
}

async function askJson({ cloud, world }: Stage, ...words: readonly string[]): Promise<unknown> {
  const program = world.cbas(...words, '--deployment', cloud.name, '--json');
  const code = await program.exitCode(ANSWERS_WITHIN_MS);
  if (code !== 0) throw new Error(`cbas ${words.join(' ')} ended with ${code}: ${program.stderr}`);
  return JSON.parse(program.stdout);
}
