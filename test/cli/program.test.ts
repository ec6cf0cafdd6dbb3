import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { jsonText, tableLines } from '../../src/cli/output.ts';
import { namePattern } from '../../src/cli/name-pattern.ts';
import { addVerbs } from '../../src/cli/verbs.ts';
import { cbas } from './deployment.ts';

describe('help', () => {
  const program = new Command('cbas');
  addVerbs(program);
  test.each(program.commands.map((command) => command.name()))('of %s has a sentence and an example', async (verb) => {
    const { code, stdout } = await cbas(verb, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nExample:\n {2}(source <\()?cbas /);
    expect(stdout).toContain(`cbas ${verb}`);
    expect(program.commands.find((command) => command.name() === verb)?.description()).not.toBe('');
  });
});

describe('completion', () => {
  /** What bash offers for the last word of a line. */
  async function offered(...words: readonly string[]): Promise<readonly string[]> {
    const { stdout } = await cbas('completion', 'bash');
    const name = `_${(words[0] ?? '').replaceAll('-', '_')}`;
    const ask = `COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); ${name}; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const reply = execFileSync('bash', ['-c', `${stdout}\n${ask}`, 'bash', ...words], { encoding: 'utf8' });
    return reply.trim().split('\n').sort();
  }

  test('bash: verbs, options of a verb, verbs of a verb', async () => {
    expect(await offered('cbas', 'jo')).toEqual(['job', 'jobs']);
    expect(await offered('cbas', 'kill', '--d')).toEqual(['--deployment', '--dry-run']);
    expect(await offered('cbas', 'local', 'r')).toEqual(['rm', 'run']);
    expect(await offered('cbas', 'local', 'rm', 'lab', '--h')).toEqual(['--help']);
    expect(await offered('cbas', '')).not.toContain('demo');
  });

  test('bash: the console, and what may follow its options', async () => {
    expect(await offered('cbas-console', '--re')).toEqual(['--read-only', '--region']);
    expect(await offered('cbas-console', 're')).toEqual(['reset-term']);
    expect(await offered('cbas-console', '--mouse', '--theme', 'l')).toEqual(['light']);
  });

  test('zsh and fish name every verb; another shell is wrong usage', async () => {
    for (const shell of ['zsh', 'fish']) {
      const { stdout } = await cbas('completion', shell);
      for (const verb of [
        'submit',
        'terminate',
        'completion',
        'local',
        'cbas-console',
        'screen-reader',
        'high-contrast',
      ])
        expect(stdout).toContain(verb);
    }
    expect((await cbas('completion', 'tcsh')).code).toBe(2);
  });
});

test('schema is JSON with a title', async () => {
  expect(JSON.parse((await cbas('schema')).stdout).title).toBe('CBAS job document');
});

describe('printing', () => {
  test('JSON escapes what cannot be seen, and stays the same value', () => {
    const value = { a: 'x\u202e\u009b\u{e0041}\u2028y', 'k\u200b': 1 };
    expect(jsonText(value)).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(jsonText(value))).toEqual(value);
  });

  test('tables are as wide as their cells, whatever these hold', () => {
    const rows = [{ name: '日本', size: 5 }, { name: 'a\nb', size: 12_345 }, { name: 'z'.repeat(20), size: 1 }]; // prettier-ignore
    const lines = tableLines(
      [
        { title: 'name', text: ({ name }) => name, max: 8 },
        { title: 'size', text: ({ size }) => String(size), align: 'right' },
      ],
      rows,
    );
    expect(lines).toEqual(['name       size', '日本          5', 'a⏎b       12345', 'zzzzzzz…      1']);
  });

  test.each([
    ['pi-*', 'pi-1', true],
    ['pi-*', 'xpi-1', false],
    ['*', '', true],
    ['a*b*', 'a/x/b\n', true],
    ['a?c', 'a\u{1f600}c', true],
    ['a.c', 'abc', false],
    ['[x]', '[x]', true],
    ['**', 'any', true],
  ])('the pattern %j on %j', (pattern, name, matches) => {
    expect(namePattern(pattern)(name)).toBe(matches);
  });
});
