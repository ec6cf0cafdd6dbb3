import { expect, test } from 'vitest';
import { plainOverview } from '../../src/ui/screen-plain.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { busySnapshot, NOW } from '../support/snapshots.ts';

test('the Overview for a pipe: the same lines, and not one escape', () => {
  const text = plainOverview(busySnapshot(), NOW, { theme: makeTheme({ color: true, ascii: false }) }).join('\n');
  expect(text).not.toMatch(/\p{Cc}(?<!\n)/u);
  for (const said of ['LOCAL lab', '1 job failed', '31 runnable', 'c5.large/1a', 'handled'])
    expect(text).toContain(said);
});

test('in ASCII nothing else is in it', () => {
  expect(plainOverview(busySnapshot(), NOW, { theme: makeTheme({ color: true, ascii: true }) }).join('')).toMatch(
    /^[\x20-\x7e]*$/,
  );
});
