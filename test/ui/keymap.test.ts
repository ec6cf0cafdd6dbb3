import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { OWN_KEYS } from '../../src/ui/effective-keys.ts';
import { KEYMAP, keysPage, worksOn } from '../../src/ui/keymap.ts';
import { KEY_PLACES } from '../../src/ui/keys/key-shape.ts';

test('a key means one thing at a place', () => {
  for (const place of KEY_PLACES) {
    for (const binding of KEYMAP.filter((one) => worksOn(one, place))) {
      for (const key of binding.keys)
        expect([place, key, OWN_KEYS.bindingFor(key, place)?.id]).toEqual([place, key, binding.id]);
    }
  }
});

test('a name means one binding', () => {
  const ids = KEYMAP.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
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
