import { afterEach, expect, test, vi } from 'vitest';
import { LogPrinter } from '../../src/cli/log-printer.ts';
import { spanOf } from '../../src/cli/span.ts';

const AT = Date.UTC(2026, 10, 22, 14, 2, 11);
const TIME = '2026-11-22T14:02:11.000Z';

afterEach(() => void vi.restoreAllMocks());

function printed(pieces: readonly string[], timestamps: boolean): string {
  let told = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
  const printer = new LogPrinter({ raw: false, timestamps });
  for (const piece of pieces) printer.write(piece, AT);
  printer.end();
  return told;
}

test.each([
  ['whole lines', ['one\ntwo\n'], `${TIME} one\n${TIME} two\n`],
  ['a line in two pieces', ['on', 'e\ntwo\n'], `${TIME} one\n${TIME} two\n`],
  ['a break at the end of a piece', ['one\n', 'two'], `${TIME} one\n${TIME} two\n`],
  ['empty lines', ['\n\nx\n'], `${TIME} \n${TIME} \n${TIME} x\n`],
  ['nothing', ['', ''], ''],
])('timestamps: %s', (_, pieces, wanted) => expect(printed(pieces, true)).toBe(wanted));

test('without them the text is as it was, made safe, with an end of its own line', () => {
  expect(printed(['a\u001b[31m', 'b'], false)).toMatch(/^a.*b\n$/);
  expect(printed(['a\u001b[31m', 'b'], false)).not.toContain('\u001b');
});

test.each([
  ['90s', 90_000],
  ['10m', 600_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
])('--since %s', (text, ms) =>
  // prettier-ignore
  expect(spanOf('--since', text)).toBe(ms),
);

test.each(['', '10', 'm', '-5m', '1w', '1h30m'])('--since %j is told what was expected', (text) =>
  expect(() => spanOf('--since', text)).toThrow(/--since.*expected a time like 90m, 24h or 7d/),
);
