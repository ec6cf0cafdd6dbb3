import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { World } from '../support/processes.ts';

const run = promisify(execFile);
const SOON_MS = 60_000;

/** Whether a program can be started here at all. */
async function isHere(program: string, ...args: readonly string[]): Promise<boolean> {
  return run(program, args, { timeout: SOON_MS }).then(() => true, () => false); // prettier-ignore
}

// pip install cfn-lint: it brings AWS's own schemas of every resource type, and asks nobody.
it('cfn-lint has nothing to say against the exported stack, not even a warning', async (story) => {
  if (!(await isHere('cfn-lint', '--version'))) story.skip();
  await using world = new World();
  const place = ['--deployment', 'lab', '--region', 'us-east-1', '--account', '123456789012'];
  const said = world.cbas('export', 'cloudformation', ...place);
  expect(await said.exitCode(SOON_MS), said.output).toBe(0);
  const file = path.join(world.folder, 'lab.json');
  fs.writeFileSync(file, said.stdout);
  const linted = await run('cfn-lint', ['--regions', 'us-east-1', '--template', file], { timeout: SOON_MS }).catch(
    (error: { readonly stdout: string; readonly stderr: string }) => error,
  );
  expect(`${linted.stdout}${linted.stderr}`).toBe('');
});
