import { expect, test } from 'vitest';
import { reduce } from '../../src/engine/decide/reduce.ts';
import type { SaveFile } from '../../src/ui/cockpit.ts';
import { exportPieces } from '../../src/ui/export-rows.ts';
import { differences } from '../../src/ui/describe.ts';
import { auditAnswer } from '../support/audit.ts';
import { type TestConsole, withConsole } from '../support/console.ts';
import { seen, SIZE } from '../support/plans.ts';
import { eventfulSnapshot } from '../support/eventful-snapshot.ts';
import { busySnapshot, makeJob, NOW, workerId } from '../support/snapshots.ts';

/** As a terminal says it that tells it from the beginning of another key. */
const ESC = '\u001b[27u';

/** Files in memory. */
function disk(): { readonly files: Map<string, string>; readonly saveFile: SaveFile } {
  const files = new Map<string, string>();
  const saveFile: SaveFile = async (name, pieces) => {
    if (files.has(name)) return { ok: false, why: 'it is there already' };
    files.set(name, [...pieces].join(''));
    return { ok: true, file: `/home/ana/${name}` };
  };
  return { files, saveFile };
}

async function say(screen: TestConsole, command: string): Promise<string> {
  await screen.press(':', command, '\r');
  return seen(screen);
}

test(':export writes the rows of the screen as they are filtered, in each format', async () => {
  const { files, saveFile } = disk();
  await withConsole(
    { snapshot: busySnapshot(), size: SIZE, saveFile, screen: 'jobs', filter: 'state:failed' },
    async (screen) => {
      const { jobs } = screen.engine.current;
      const failed = [...jobs].filter(({ state }) => state === 'FAILED');
      expect(failed.length).toBeGreaterThan(0);
      expect(await say(screen, 'export jobs.json')).toContain('written to /home/ana/jobs.json');
      const rows = JSON.parse(files.get('jobs.json')!) as { id: string; state: string }[];
      expect(rows.map(({ id }) => id).sort()).toEqual(failed.map(({ id }) => id).sort());
      await say(screen, 'export jobs.csv');
      const [head = '', ...lines] = files.get('jobs.csv')!.trimEnd().split('\r\n');
      expect(head).toMatch(/^state,name,/);
      expect(lines).toHaveLength(failed.length);
      expect(lines.every((line) => line.includes('failed'))).toBe(true);
      await say(screen, 'export jobs.md');
      expect(
        files
          .get('jobs.md')!
          .split('\n')
          .filter((line) => line.startsWith('| ')),
      ).toHaveLength(failed.length + 1);
      await say(screen, 'export jobs.txt');
      expect(files.get('jobs.txt')).toContain('filter: state:failed');
      expect(await say(screen, 'export jobs.csv')).toContain('jobs.csv was not written: it is there already');
      expect(await say(screen, 'export jobs.xls')).toContain(
        'export wants a file that ends in .csv, .md, .json or .txt',
      );
    },
  );
});

test.each(['workers', 'market', 'capacity', 'masters', 'incidents', 'audit', 'doctor'] as const)(
  'the rows of %s can be written to a file',
  async (name) => {
    const { files, saveFile } = disk();
    await withConsole({ snapshot: eventfulSnapshot(), size: SIZE, saveFile }, async (screen) => {
      screen.engine.audit = auditAnswer();
      await say(screen, name);
      await say(screen, 'export rows.csv');
      await say(screen, 'export rows.json');
      const lines = files.get('rows.csv')!.trimEnd().split('\r\n');
      expect(lines.length).toBeGreaterThan(1);
      expect(JSON.parse(files.get('rows.json')!)).toHaveLength(lines.length - 1);
    });
  },
);

test('a screen without rows says so', async () => {
  const { saveFile } = disk();
  await withConsole({ snapshot: busySnapshot(), size: SIZE, saveFile }, async (screen) => {
    expect(await say(screen, 'export rows.csv')).toContain('this screen has no rows; FILE.txt gets it as it stands');
  });
});

test('what a spreadsheet would carry out is written as a text; separators and controls stay one cell', () => {
  const texts = ['=HYPERLINK("http://x")', '-12.5', '+1', '-rm', 'a,b', 'say "x"', 'two\nlines', '\u001b[31mred'];
  const cells = { titles: ['what'], length: texts.length, idAt: String, rows: () => texts.map((text) => [text]) };
  const [, ...pieces] = exportPieces('csv', cells, () => undefined);
  expect(pieces.join('').trimEnd().split('\r\n')).toEqual([
    `"'=HYPERLINK(""http://x"")"`,
    '-12.5',
    '+1',
    `'-rm`,
    '"a,b"',
    '"say ""x"""',
    'two⏎lines',
    '^[[31mred',
  ]);
  const markdown = [...exportPieces('md', { ...cells, length: 1, rows: () => [['a|b <i> *x*']] }, () => undefined)].join(''); // prettier-ignore
  expect(markdown).toBe('| what |\n|---|\n| a\\|b \\<i\\> \\*x\\* |\n');
});

test('d shows all that is known of a row, searched like a log; y copies its id; esc leads back', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE, screen: 'workers' }, async (screen) => {
    await screen.press('d');
    const text = await seen(screen);
    expect(text).toContain('all that is known of it');
    expect(text).toMatch(/"id": "i-/);
    expect(text).toMatch(/"changedAt": "20\d\d-/);
    await screen.press('/', 'pool', '\r');
    expect(await seen(screen)).toMatch(/"pool" in line \d+/);
    await screen.press(ESC);
    expect(await seen(screen)).not.toContain('all that is known of it');
  });
});

test('= compares the two that are marked, and says which are meant when they are not two', async () => {
  await withConsole({ snapshot: busySnapshot(), size: SIZE, screen: 'workers' }, async (screen) => {
    await screen.press('\t', 'g', '=');
    expect(await seen(screen)).toContain('two are compared, and one is meant: mark them with space');
    await screen.press(' ', ' ', '=');
    const text = await seen(screen);
    expect(text).toContain('where they differ');
    expect(text).toContain(workerId(0));
    expect(text).toMatch(/\d+ fields are the same/);
    await screen.press(ESC, ' ', '=');
    expect(await seen(screen)).toContain('3 are meant');
  });
});

test('differences are told field by field, moments in words, what one lacks as -', () => {
  const one = makeJob(1, { changedAt: NOW, pool: 'c5.large/us-east-1a' });
  const other = { ...one, changedAt: NOW + 1_000, extra: { deep: true } };
  const lines = differences({ name: 'a', row: one }, { name: 'b', row: other }, 100);
  expect(lines[0]!.trim()).toMatch(/^a\s+b$/);
  expect(lines.slice(1, -2).map((line) => line.split(/\s{2,}/))).toEqual([
    ['changedAt', new Date(NOW).toISOString(), new Date(NOW + 1_000).toISOString()],
    ['extra.deep', '-', 'true'],
  ]);
  expect(differences({ name: 'a', row: one }, { name: 'a', row: one }, 100).slice(1)).toEqual(['', expect.stringMatching(/^\d+ fields are the same$/)]); // prettier-ignore
});

test('e writes a report: what needs somebody, what happened, who did what, and the screen', async () => {
  const { files, saveFile } = disk();
  await withConsole({ snapshot: eventfulSnapshot(), size: SIZE, saveFile, screen: 'incidents' }, async (screen) => {
    screen.engine.audit = auditAnswer();
    await screen.press('e');
    expect(await seen(screen)).toMatch(/the report written to .*cbas-lab-\d{8}T\d{6}Z\.md/);
    const [[name, text] = ['', '']] = [...files];
    expect(name).toMatch(/^cbas-.*Z\.md$/);
    const parts = text.split(/^## /m).map((part) => part.split('\n')[0]);
    expect(parts.slice(1)).toEqual(['What needs somebody', 'What happened', 'Who did what', 'What did not answer', 'The screen']); // prettier-ignore
    expect(screen.engine.current.notables.length).toBeGreaterThan(0);
    expect(text.match(/^- 20\d\d-.*$/gm)!.length).toBeGreaterThanOrEqual(screen.engine.current.notables.length);
    expect(text).toMatch(/```\n cbas .*UTC/);
    expect(await say(screen, 'report what.txt')).toContain('a report is Markdown');
    screen.engine.audit = { kind: 'failed', why: 'dynamodb Query: denied' };
    await say(screen, 'report other.md');
    expect(files.get('other.md')).toContain('The audit could not be read: dynamodb Query: denied');
  });
});

test('text of others in a report stays text', async () => {
  const { files, saveFile } = disk();
  const snapshot = reduce(busySnapshot(), { kind: 'jobs.observed', at: NOW, rows: [makeJob(1, { state: 'FAILED', name: '# x `y` [z](http://z)\u001b[31m', rev: 99, reason: { code: 'exit', since: NOW, detail: '<b>', next: '' } })] }); // prettier-ignore
  await withConsole({ snapshot, size: SIZE, saveFile, screen: 'incidents' }, async (screen) => {
    await say(screen, 'report r.md');
    const text = files.get('r.md')!;
    expect(text).not.toContain(ESC);
    expect(text.split('## The screen')[0]).not.toMatch(/(?<!\\)`|(?<!\\)<b>|(?<!\\)\[z/);
  });
});
