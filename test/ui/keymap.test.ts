import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { OWN_KEYS } from '../../src/ui/effective-keys.ts';
import { KEYMAP, keysPage, worksOn } from '../../src/ui/keymap.ts';
import { SCREENS } from '../../src/ui/screens.ts';

test('a key means one thing on a screen', () => {
  for (const screen of [...SCREENS, 'log'] as const) {
    for (const binding of KEYMAP.filter((one) => worksOn(one, screen))) {
      for (const key of binding.keys)
        expect([screen, key, OWN_KEYS.bindingFor(key, screen)?.id]).toEqual([screen, key, binding.id]);
    }
  }
});

test('capitals act, everything else looks', () => {
  for (const binding of KEYMAP) {
    const capitals = binding.keys.filter((key) => /^[A-Z]$/.test(key) && key !== 'G' && key !== 'N');
    expect([binding.id, capitals.length > 0]).toEqual([binding.id, binding.act === true]);
  }
});

test('docs/keys.md is printed from the keymap', () => {
  const file = path.resolve(import.meta.dirname, '../../docs/keys.md');
  if (process.env['UPDATE_DOCS']) writeFileSync(file, keysPage());
  expect(readFileSync(file, 'utf8')).toBe(keysPage());
});
