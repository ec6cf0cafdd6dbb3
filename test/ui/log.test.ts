import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JobRow } from '../../src/engine/model/job.ts';
import { rowsFrom } from '../../src/engine/model/rows.ts';
import type { WorkerRow } from '../../src/engine/model/worker.ts';
import { whyLogIsOver } from '../../src/ui/log-over.ts';
import { answered, type LogPane, openedLog, otherEpoch, scrolled, topRow } from '../../src/ui/log-pane.ts';
import { findLine, linesGone, lineTimes, logLines, logRows, searchOf } from '../../src/ui/log-text.ts';
import { READ_EVERY_MS } from '../../src/ui/cockpit.ts';
import { widthOf } from '../../src/ui/width.ts';
import { type TestConsole, withConsole } from '../support/console.ts';
import { eventually, holds } from '../support/eventually.ts';
import { linesOf, logAnswer } from '../support/logs.ts';
import { busySnapshot, jobId, makeJob, makeWorker, NOW, withJobs } from '../support/snapshots.ts';

const SIZE = { columns: 80, rows: 24 };
const KEY = `${jobId(12)} newest stdout`;

async function seen(screen: TestConsole): Promise<string> {
  return (await screen.lines()).join('\n');
}

/** The time passes after which the log is asked for again, and the answer is on the screen. */
async function later(screen: TestConsole): Promise<string> {
  screen.clock.pass(READ_EVERY_MS);
  await screen.lines();
  return seen(screen);
}

/** A lone escape byte might begin a sequence: Ink waits a moment before it is a key. */
async function escape(screen: TestConsole, isDone: () => boolean): Promise<void> {
  await screen.press('\u001b');
  await eventually('escape is read', () => holds(isDone()), { withinMs: 5_000 });
}

test.each([
  ['one\ntwo\n', ['one', 'two']],
  ['half', ['half']],
  ['10%\r20%\r\n\n', ['10%', '20%', '']],
  ['\u001b[1;31mred\u001b[0m \u001b]0;title\u0007', ['red ^[]0;title^G']],
  ['a\tb', ['a       b']],
  ['', []],
])('lines of %j', (text, lines) => expect(logLines(text)).toEqual(lines));

test('rows are no wider than asked, and hold all of their line', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ maxLength: 90 }), fc.string({ unit: 'grapheme', maxLength: 40 })), {
        maxLength: 8,
      }),
      // One grapheme may be several columns wide; no screen is as narrow as that.
      fc.integer({ min: 12, max: 60 }),
      (texts, columns) => {
        const lines = logLines(texts.join('\n'));
        const { rows, starts } = logRows(lines, columns);
        for (const { text } of rows) expect(widthOf(text)).toBeLessThanOrEqual(columns);
        lines.forEach((line, number) => {
          expect(rows.filter((row) => row.line === number).map(({ text }) => text).join('')).toBe(line); // prettier-ignore
          expect(rows[starts[number] ?? -1]).toMatchObject({ line: number, part: 0 });
        });
      },
    ),
  );
});

test('each line of a text has the time of the part in which it begins', () => {
  const text = 'one\ntwo is lo' + 'ng\nthree\r\n' + 'fo\u001b[1mur\u001b[m\rfive';
  const parts = [
    { from: 0, at: 10 },
    { from: 13, at: 20 },
    { from: 23, at: 30 },
  ];
  expect(logLines(text)).toEqual(['one', 'two is long', 'three', 'four', 'five']);
  expect(lineTimes(text, parts)).toEqual([10, 10, 20, 30, 30]);
  // A colour that stands between the two characters of one end.
  expect(
    lineTimes('one\r\u001b[m\ntwo', [
      { from: 0, at: 10 },
      { from: 8, at: 20 },
    ]),
  ).toEqual([10, 20]);
  const piece = fc.constantFrom('a', '\n', '\r', '\r\n', 'bc\t', '\u001b[1m');
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join('')),
      fc.array(fc.nat(20)),
      (said, places) => {
        const times = lineTimes(
          said,
          [0, ...places.sort((a, b) => a - b)].map((from, at) => ({ from, at })),
        );
        // Colours behind the last line end are no line.
        expect(times.length - logLines(said).length).toBeOneOf([0, 1]);
        expect(times).toEqual([...times].sort((a, b) => a - b));
      },
    ),
  );
});

test('t shows when each line had come, and gives the room back', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    const text = linesOf(12);
    const parts = [
      { from: 0, at: NOW - 60_000 },
      { from: text.indexOf('line 6:'), at: NOW - 4_000 },
    ];
    screen.engine.logs.set(KEY, logAnswer(text, { parts }));
    await screen.press('2', 'l', 't');
    const shown = await seen(screen);
    expect(shown).toMatch(/ 14:01:11 line 5: [^]* 14:02:07 line 6: /);
    // What goes on below itself has its time once.
    expect(shown).toMatch(/14:02:07 line 10: [^\n]*\n {12}\S/);
    await screen.press('t');
    expect(await seen(screen)).not.toContain('14:01:11');
  });
});

test('what left at the front of a log that grows is counted, whatever its lines say', () => {
  fc.assert(
    fc.property(fc.integer({ min: 12, max: 60 }), fc.nat(40), fc.nat(11), (kept, grown, gone) => {
      const all = logLines(linesOf(kept + grown));
      const before = all.slice(0, kept);
      expect(linesGone(before, all.slice(Math.min(gone, kept - 10)))).toBe(Math.min(gone, kept - 10));
    }),
  );
});

test('a search means its characters, in any case, and goes around the end', () => {
  const lines = logLines('alpha\nBeta (x)\ngamma\nbeta [x');
  const search = searchOf('BETA [') as RegExp;
  expect(findLine(lines, search, { from: 0, step: 1 })).toBe(3);
  expect(findLine(lines, searchOf('beta') as RegExp, { from: 2, step: -1 })).toBe(1);
  expect(findLine(lines, searchOf('beta') as RegExp, { from: 4, step: 1 })).toBe(1);
  expect(findLine(lines, searchOf('.*') as RegExp, { from: 0, step: 1 })).toBe(-1);
  expect(searchOf('')).toBeUndefined();
});

test('who has scrolled up keeps his lines while others come and the first ones leave', () => {
  const window = { rows: 10, columns: 40 };
  let pane: LogPane = answered(openedLog('j'), logAnswer(linesOf(100)));
  expect(topRow(pane, window)).toBe(logRows(pane.shown?.lines ?? [], 40).rows.length - 10);
  pane = scrolled(pane, -30, window);
  const read = (): string | undefined => logRows(pane.shown?.lines ?? [], 40).rows[topRow(pane, window)]?.text;
  const before = read();
  pane = answered(pane, logAnswer(linesOf(130, 21), { cutBytes: 400, tag: 'later' }));
  expect(read()).toBe(before);
  pane = answered(pane, logAnswer(linesOf(3), { epoch: 2 }));
  expect(pane.top).toBe('end');
  expect(otherEpoch(pane, 1)).toBeUndefined();
  expect(otherEpoch(pane, -1)).toMatchObject({ epoch: 1, state: 'reading' });
  expect(otherEpoch({ ...pane, epoch: 1 }, 1)).toMatchObject({ epoch: undefined });
});

test('a log is followed; scrolling up stops that, and G goes on', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    screen.engine.logs.set(KEY, logAnswer(linesOf(99)));
    await screen.press('2', 'l');
    expect(await seen(screen)).toMatch(/following\s[^]*line 99: /);
    screen.engine.logs.set(KEY, logAnswer(linesOf(101)));
    expect(await later(screen)).toContain('line 101: ');
    await screen.press('k');
    expect(await seen(screen)).toMatch(/G to the end\s/);
    const scrolledUp = await screen.lines();
    screen.engine.logs.set(KEY, logAnswer(linesOf(140)));
    await later(screen);
    expect((await screen.lines()).slice(4, 20)).toEqual(scrolledUp.slice(4, 20));
    await screen.press('G');
    expect(await seen(screen)).toMatch(/following\s[^]*line 140: /);
    await screen.press('g');
    expect(await seen(screen)).toContain('line 1: ');
    await escape(screen, () => screen.running.store.getState().log === undefined);
    expect(await seen(screen)).toContain('runnable 31');
  });
});

test('a log whose worker is gone says so, with the age of its newest part', () => {
  const leased = makeJob(12, { state: 'RUNNING', epoch: 2, leaseOwner: 'i-gone' });
  const of = (job: JobRow, worker: WorkerRow['state'], epoch = 2): string | undefined => {
    const snapshot = withJobs(busySnapshot(), [job]);
    const workers = rowsFrom([makeWorker(1, { id: 'i-gone', state: worker })]);
    const log = { jobId: job.id, epoch, newestAt: NOW - 75_000 };
    return whyLogIsOver({ snapshot: { ...snapshot, workers }, now: NOW }, log);
  };
  expect(of(leased, 'BUSY')).toBeUndefined();
  expect(of(leased, 'LOST')).toBe('its worker i-gone is gone; the newest part of the log is 1m15s old');
  expect(of(leased, 'BUSY', 1)).toBe('this run is over; the newest part of the log is 1m15s old');
  expect(of(makeJob(12, { state: 'SUCCEEDED', epoch: 2 }), 'TERMINATED')).toBeUndefined();
});

test('what is known is not fetched again, and a log that can no longer grow is not asked for', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    screen.engine.logs.set(KEY, logAnswer(linesOf(9)));
    await screen.press('2', 'l');
    await later(screen);
    expect(screen.engine.logsAsked.map(({ known }) => known)).toEqual(['', `1 ${linesOf(9).length}`]);
    screen.engine.set(withJobs(busySnapshot(), [makeJob(12, { state: 'SUCCEEDED', endedAt: NOW - 100_000 })]));
    await later(screen);
    expect(screen.engine.logsAsked).toHaveLength(2);
  });
});

test('an answer that comes after its log was left changes nothing', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    let answer = (): void => undefined;
    screen.engine.readLog = () =>
      new Promise((resolve) => (answer = () => resolve(logAnswer('late\n')))); // prettier-ignore
    await screen.press('2', 'l');
    expect(await seen(screen)).toContain('reading the log');
    const late = answer;
    await screen.press('\t');
    late();
    await screen.lines();
    expect(await seen(screen)).toContain('reading the log');
    expect(await seen(screen)).not.toContain('late');
  });
});

test('a log is searched as it is typed; esc puts the old search back', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    screen.engine.logs.set(KEY, logAnswer(linesOf(99)));
    await screen.press('2', 'l', '/', 'LINE 4');
    expect(await seen(screen)).toMatch(/▸ line 4: /);
    await screen.press('2');
    expect(await seen(screen)).toMatch(/▸ line 42: /);
    await screen.press('\r', '/', '\u0015', 'nowhere');
    expect(await seen(screen)).toContain('no line has "nowhere"');
    await escape(screen, () => screen.running.store.getState().log?.search === 'LINE 42');
    await screen.press('/', '\u0015', 'sample', '\r', 'n', 'n', 'N');
    expect(await seen(screen)).toMatch(/"sample" in line \d+ of 99/);
  });
});

test('hostile output stays text', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    screen.engine.logs.set(KEY, logAnswer('\u001b]0;owned\u0007\u001b[2J\u001b[31mred\u202e\u009b31m\n'));
    await screen.press('2', 'l');
    expect(await seen(screen)).toContain('^[]0;owned^G^[[2Jred\uFFFD\uFFFD31m');
    expect(await seen(screen)).toContain('pi-012');
  });
});

test('a detail reads its job once, again when the job moves, and while it runs its log', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE }, async (screen) => {
    await screen.press('2');
    expect(screen.engine.factsAsked).toEqual([]);
    await screen.press('\r');
    expect(screen.engine.factsAsked).toEqual([jobId(12)]);
    await later(screen);
    expect(screen.engine.factsAsked).toEqual([jobId(12), jobId(12)]);
    await escape(screen, () => !screen.running.store.getState().isDetailOpen);
    await screen.press('k', '\r');
    await later(screen);
    expect(screen.engine.factsAsked.slice(2)).toEqual([jobId(11)]);
    screen.engine.set(withJobs(busySnapshot(), [makeJob(11, { rev: 9 })]));
    await screen.lines();
    expect(screen.engine.factsAsked.slice(2)).toEqual([jobId(11), jobId(11)]);
  });
});
