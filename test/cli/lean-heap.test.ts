import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CONSOLE_FLAGS } from '../../bench/as-started.ts';
import { ALLOCATOR, keepHeapLean } from '../../src/cli/lean-heap.ts';

test('the benches start a console as bin/cbas does', () => {
  const script = fs.readFileSync(path.resolve(import.meta.dirname, '../../bin/cbas'), 'utf8');
  for (const flag of CONSOLE_FLAGS) expect(script).toContain(`heap=${flag}`);
  for (const [name, value] of Object.entries(ALLOCATOR)) expect(script).toContain(`${name}="\${${name}:-${value}}"`);
});

test('programs that are started from here do not inherit it, and keep what their user has set himself', () => {
  const { env } = process;
  try {
    process.env = { ...env, ...ALLOCATOR, MALLOC_ARENA_MAX: '4' };
    keepHeapLean();
    expect(process.env['MALLOC_ARENA_MAX']).toBe('4');
    expect(process.env['MALLOC_TRIM_THRESHOLD_']).toBeUndefined();
  } finally {
    process.env = env;
  }
});
