import type { FactsAnswer } from '../../src/engine/model/job-facts.ts';
import type { LogAnswer, LogTail } from '../../src/engine/model/job-log.ts';
import { NOW } from './snapshots.ts';

/** What a job of the sample workload asked for and wrote. */
export const FACTS: FactsAnswer = {
  kind: 'facts',
  facts: {
    spec: {
      command: ['node', 'pi.mjs', '--seed', '17', '--note', 'two words'],
      needs: { vcpus: 1, memoryMb: 256, diskMb: 100, gpus: 0, arch: 'x86_64', types: [], regions: [] },
      maxUsdPerHour: 0,
      attemptsMax: 3,
      workS: 1_800,
      inputs: 1,
      outputs: [{ name: 'estimate', path: 'out/*.json' }],
    },
    files: [],
    fileCount: 0,
    before: undefined,
    condemned: [],
    lastLines: {
      stream: 'stdout',
      lines: ['sample 70000000', 'sample 71000000', '\u001b[32msaved\u001b[0m at 72 %', 'sample 73000000', 'sample 74000000'],
      why: '',
    },
  },
}; // prettier-ignore

/** So many lines, the tenth of each ten longer than a narrow screen. */
export function linesOf(count: number, from = 1): string {
  return Array.from({ length: count }, (_, at) => {
    const number = from + at;
    const more = number % 10 === 0 ? `; ${'checkpoint '.repeat(12)}` : '';
    return `line ${number}: sample ${number * 1_000}${more}\n`;
  }).join('');
}

export function logAnswer(
  text: string,
  change: Partial<LogTail> = {},
  epochs: readonly number[] = Array.from({ length: change.epoch ?? 1 }, (_, at) => at + 1),
): LogAnswer {
  const epoch = change.epoch ?? 1;
  return {
    kind: 'log',
    epochs,
    tail: {
      epoch,
      text,
      parts: [{ from: 0, at: NOW - 4_000 }],
      cutBytes: 0,
      tag: `${epoch} ${text.length}`,
      newestAt: NOW - 4_000,
      ...change,
    },
  };
}
