import fc from 'fast-check';
import { type Rng, seededRng } from '../../src/engine/model/rng.ts';
import { ImdsTarget } from './imds-target.ts';
import { itemTargets, Readers } from './item-targets.ts';
import { asText, mutated, mutatedText } from './mutate.ts';
import type { Outcome, Target } from './target.ts';
import { TEXT_TARGETS } from './text-targets.ts';

export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
}

export interface Fuzzed {
  readonly refused: number;
  readonly accepted: number;
  /** The first of each kind, with the target, the case's number and its input. */
  readonly violations: readonly string[];
  readonly violated: number;
}

/** One case in so many asks the metadata service, which is HTTP; the others are mere calls. */
const IMDS_EVERY = 50;
/** One value in so many is arbitrary, and no mutation of a valid one. */
const ARBITRARY_EVERY = 6;
const ARBITRARY_AT_ONCE = 200;
const TOLD_MAX = 20;
const INPUT_SHOWN = 300;

/** Feeds every decoder with values that are nearly valid, and with values that are not. What a case is depends on the seed alone. */
export async function runFuzz({ cases, seed }: FuzzOptions): Promise<Fuzzed> {
  const rng = seededRng(seed);
  const targets = [...TEXT_TARGETS, ...itemTargets(new Readers())];
  const arbitrary = arbitraryValues(rng.below(2 ** 31));
  const imds = new ImdsTarget(rng.fork('imds'));
  const counts = { refused: 0, accepted: 0 };
  const found = new Map<string, string>();
  let violated = 0;
  const note = (what: unknown, where: string): void => {
    violated += 1;
    const sentence = what instanceof Error ? `${what.name}: ${what.message}` : String(what);
    const kind = `${where.split(' #')[0]} ${sentence.replaceAll(/\d+|"[^"]*"/g, '_').slice(0, 60)}`;
    if (!found.has(kind) && found.size < TOLD_MAX) found.set(kind, `${where}: ${sentence}`);
  };
  const unhandled = (error: unknown): void => note(error, 'unhandled rejection');
  process.on('unhandledRejection', unhandled);
  await imds.start();
  try {
    for (let number = 0; number < cases; number++) {
      const target = targets[number % targets.length] as Target;
      try {
        const outcome: Outcome = number % IMDS_EVERY === 0 ? await imds.take() : takeOne(target, rng, arbitrary);
        counts[outcome] += 1;
        mustBeUnpolluted();
      } catch (error) {
        const name = number % IMDS_EVERY === 0 ? imds.name : target.name;
        note(error, `${name} #${number}${error instanceof Error ? (inputs.get(error) ?? '') : ''}`);
      }
    }
  } finally {
    await imds.stop();
    process.off('unhandledRejection', unhandled);
  }
  return { ...counts, violated, violations: [...found.values()] };
}

/** What a case's input was, for the report of its exception. */
const inputs = new WeakMap<Error, string>();

function takeOne(target: Target, rng: Rng, arbitrary: () => unknown): Outcome {
  const valid = target.corpus[rng.below(target.corpus.length)];
  const value = rng.below(ARBITRARY_EVERY) === 0 ? arbitrary() : mutated(valid, rng);
  const text = mutatedText(asText(value), rng);
  try {
    return target.take(value, text);
  } catch (error) {
    if (error instanceof Error) inputs.set(error, ` of ${text.slice(0, INPUT_SHOWN)}`);
    throw error;
  }
}

function arbitraryValues(seed: number): () => unknown {
  const values = fc.oneof(fc.jsonValue(), fc.object({ withBigInt: false, withNullPrototype: false }), fc.string({ unit: 'binary-ascii' }));
  let drawn: unknown[] = [];
  let round = 0;
  return () => {
    if (drawn.length === 0) {
      drawn = fc.sample(values, { seed: seed + round, numRuns: ARBITRARY_AT_ONCE });
      round += 1;
    }
    return drawn.pop();
  };
} // prettier-ignore

const OBJECT_HAS = Reflect.ownKeys(Object.prototype).length;
const ARRAY_HAS = Reflect.ownKeys(Array.prototype).length;

function mustBeUnpolluted(): void {
  const isClean =
    Reflect.ownKeys(Object.prototype).length === OBJECT_HAS && Reflect.ownKeys(Array.prototype).length === ARRAY_HAS;
  if (!isClean) throw new Error('the prototype of every object was changed');
}
