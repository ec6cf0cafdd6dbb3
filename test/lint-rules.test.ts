import path from 'node:path';
import { ESLint } from 'eslint';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');

/** What the house's own rules say of a text, as if it stood in a file. */
async function faults(file: string, code: string): Promise<readonly string[]> {
  const [result] = await new ESLint({ cwd: ROOT }).lintText(code, { filePath: path.join(ROOT, file) });
  return (result?.messages ?? []).flatMap(({ ruleId }) => (ruleId?.startsWith('cbas/') ? [ruleId] : []));
}

test.each([
  ['src/ui/a.tsx', "import { Text } from 'ink';\nexport const a = Text;\n"],
  ['src/ui/a.ts', "import type { Safe } from './safe-text.ts';\nexport const a = 'x' as Safe;\n"],
  ['src/cli/a.ts', "import type { Painted } from '../ui/line.ts';\nexport const a = 'x' as Painted;\n"],
  ['src/cli/commands/a.ts', "process.stdout.write('x');\n"],
  ['src/engine/run/a.ts', "const { stderr } = process;\nstderr.write('x');\n"],
  ['src/aws/a.ts', "console.log('x');\n"],
])('in %s untrusted text finds no way to the terminal past the sanitiser: %j', async (file, code) => {
  expect(await faults(file, code)).toEqual(['cbas/safe-text']);
});

test('the sanitiser and what prints may', async () => {
  expect(await faults('src/ui/safe-text.ts', "export type Safe = string;\nexport const a = 'x' as Safe;\n")).toEqual(
    [],
  );
  expect(await faults('src/cli/output.ts', "process.stdout.write('x');\n")).toEqual([]);
});
