import { describe, expect, test } from 'vitest';
import type { JobRow } from '../../src/engine/model/job.ts';
import { rowsFrom } from '../../src/engine/model/rows.ts';
import type { Snapshot } from '../../src/engine/model/snapshot.ts';
import { CLIPBOARD_BYTES_MAX, clipboardSequence } from '../../src/ui/clipboard.ts';
import { plainOverview } from '../../src/ui/screen-plain.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { tell } from '../../src/ui/state.ts';
import { type TestConsole, withConsole } from '../support/console.ts';
import { dangersIn, HOSTILE } from '../support/hostile.ts';
import { logAnswer } from '../support/logs.ts';
import { FACTS } from '../support/logs.ts';
import { busySnapshot, jobId, makeJob, makeWorker, NOW } from '../support/snapshots.ts';

const SIZE = { columns: 160, rows: 40 };

/** Every text of a value replaced, keys of records included where `keys` says so. */
function poisoned<T>(value: T, text: string): T {
  if (typeof value === 'string') return `x${text}y` as T;
  if (Array.isArray(value)) return value.map((item) => poisoned(item, text)) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, poisoned(item, text)])) as T;
}

/** A deployment in which everything that comes from elsewhere is hostile. Ids, states and codes, which are ours, stay. */
function hostileSnapshot(text: string): Snapshot {
  const snapshot = busySnapshot();
  const evil = `x${text}y`;
  const change: Partial<JobRow> = { name: evil, owner: evil, queue: evil };
  const jobs = (['RUNNABLE', 'RUNNING', 'FAILED', 'HELD', 'SUCCEEDED', 'BLOCKED'] as const).map((state, number) =>
    makeJob(number, {
      ...change,
      state,
      leaseOwner: state === 'RUNNING' ? evil : '',
      pool: evil,
      reason: { code: evil as JobRow['reason']['code'], since: NOW, detail: evil, next: evil },
      ...(state === 'FAILED' && { result: { exitCode: 3, signal: evil } as unknown as JobRow['result'] }),
      ...(state === 'SUCCEEDED' && { record: { book: evil, key: evil, value: { [evil]: 1 } } as JobRow['record'] }),
    }),
  );
  const workers = [makeWorker(1, { pool: evil, detail: evil, intent: evil }), makeWorker(2, { id: `i-${evil}` })];
  const books = poisonedBooks(snapshot, evil);
  return {
    ...snapshot,
    deployment: snapshot.deployment && {
      ...snapshot.deployment,
      ...poisoned({ name: '', region: '', accountId: '', identity: '', bucket: '' }, text),
      mode: 'aws',
    },
    leader: snapshot.leader && { ...snapshot.leader, id: evil },
    jobs: rowsFrom(jobs),
    workers: rowsFrom(workers),
    notables: snapshot.notables.map((notable) => ({ ...notable, sentence: evil })),
    markets: { ...snapshot.markets, [evil]: Object.values(snapshot.markets)[0] ?? { points: [] } } as Snapshot['markets'],
    sources: {
      ...snapshot.sources,
      jobs: { observedAt: NOW, failures: 9, retryAt: 0, fault: { service: evil, operation: evil, kind: 'denied', code: evil, message: evil } } as never,
    },
    ...books,
  };
} // prettier-ignore

function poisonedBooks(snapshot: Snapshot, evil: string): Pick<Snapshot, 'books'> {
  const [first] = Object.values(snapshot.books);
  return { books: first === undefined ? snapshot.books : { ...snapshot.books, [evil]: first } } as Pick<Snapshot, 'books'>;
} // prettier-ignore

/** Two at a time fit on a screen, and opening a console for each would take twice as long. */
function inPairs(texts: Readonly<Record<string, string>>): readonly (readonly [name: string, text: string])[] {
  const all = Object.entries(texts);
  return all.flatMap(([name, text], at) => {
    const [other = '', more = ''] = all[at + 1] ?? [];
    return at % 2 === 1 ? [] : [[`${name}, ${other}`, text + more] as const];
  });
}

/** Everywhere that text from elsewhere is shown. */
async function everywhere(screen: TestConsole, text: string): Promise<void> {
  const evil = `x${text}y`;
  screen.engine.facts = poisonedFacts(text);
  const log = logAnswer(`${evil}\n${evil}`, { epoch: 1 });
  for (const number of [0, 1]) screen.engine.logs.set(`${jobId(number)} newest stdout`, log);
  await screen.press('1', '2', '\r', 'w', 'j', 'w', '\r', 'l', 'y', '/', evil, '\r', '2', '/', evil, '\r');
  await screen.press(
    '3',
    '\t',
    '\r',
    'w',
    'y',
    '4',
    'y',
    '5',
    '\r',
    'w',
    '6',
    'w',
    '7',
    '\r',
    'w',
    '8',
    'y',
    '9',
    '\r',
    'w',
    '0',
    'w',
    'o',
    'o',
    '2',
  );
  screen.engine.refusal = evil;
  await screen.press('K');
  screen.engine.refusal = undefined;
  await screen.press('K');
  await screen.lines();
  screen.clock.pass(1_000);
  await screen.press('y');
  tell(screen.running.store, evil, 'broken');
}

function poisonedFacts(text: string): typeof FACTS {
  if (FACTS.kind !== 'facts') return FACTS;
  const { spec, lastLines } = FACTS.facts;
  const evil = `x${text}y`;
  return {
    kind: 'facts',
    facts: {
      spec: spec && { ...spec, command: [evil], outputs: [{ name: evil, path: evil }] },
      files: [{ path: evil, sizeBytes: 1 }],
      fileCount: 1,
      before: undefined,
      condemned: [],
      lastLines: { ...lastLines, lines: [evil], why: '' },
    },
  };
}

describe('text that attacks a terminal', () => {
  test('is found when it is there', () => {
    const harmless = ['marks upon marks'];
    for (const [name, text] of Object.entries(HOSTILE))
      expect([name, dangersIn(`x${text}y`, text).length > 0]).toEqual([name, !harmless.includes(name)]);
    expect(dangersIn('\u001b[31mplain\u001b[39m\r\n', 'plain')).toEqual([]);
  });

  for (const [name, text] of inPairs(HOSTILE)) {
    test(`${name}: does nothing in any place where it is shown`, async () => {
      await withConsole({ snapshot: hostileSnapshot(text), size: SIZE }, async (screen) => {
        await everywhere(screen, text);
        const raw = await screen.raw();
        expect(dangersIn(raw, text)).toEqual([]);
        // It was there, and something of it is seen.
        expect(raw).toMatch(/x[^\n]+y/);
        // Red on red and all erased are what no frame of ours does.
        expect(raw).not.toMatch(/\u001b\[[\d;]*41[m;]|\u001b\[[23]J/);
      });
      const lines = plainOverview(hostileSnapshot(text), NOW, { theme: makeTheme({ color: true, ascii: false }) });
      expect(dangersIn(lines.join('\n'), text)).toEqual([]);
    });
  }
});

describe('the clipboard', () => {
  test('a text is base64 in it, whatever it holds, and what is too long is refused', () => {
    for (const text of Object.values(HOSTILE)) {
      const sequence = clipboardSequence(text, undefined) ?? '';
      expect(sequence).toMatch(/^\u001b\]52;c;[A-Za-z0-9+/=]*\u0007$/);
      expect(Buffer.from(sequence.slice(7, -1), 'base64').toString()).toBe(Buffer.from(text).toString());
    }
    expect(clipboardSequence('a'.repeat(CLIPBOARD_BYTES_MAX), undefined)?.length).toBeLessThan(100_100);
    expect(clipboardSequence('a'.repeat(CLIPBOARD_BYTES_MAX + 1), undefined)).toBeUndefined();
    expect(clipboardSequence('漢'.repeat(CLIPBOARD_BYTES_MAX / 2), undefined)).toBeUndefined();
  });

  test('tmux is spoken through and to, GNU screen in pieces that it takes', () => {
    expect(clipboardSequence('id', 'tmux')).toBe('\u001bPtmux;\u001b\u001b]52;c;aWQ=\u0007\u001b\\\u001b]52;c;aWQ=\u0007');
    const pieces = (clipboardSequence('z'.repeat(5_000), 'screen') ?? '').split('\u001b\\').slice(0, -1);
    for (const piece of pieces) {
      expect(piece.startsWith('\u001bP')).toBe(true);
      expect(piece.length).toBeLessThan(768);
    }
    expect(pieces.map((piece) => piece.slice(2)).join('')).toBe(clipboardSequence('z'.repeat(5_000), undefined));
  }); // prettier-ignore
});
