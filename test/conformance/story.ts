import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { IMAGE_ID } from '../../src/aws/local/ec2/image-check.ts';
import { CBAS, Program } from '../support/processes.ts';
import { STORY_S } from './bound.ts';
import type { Place } from './place.ts';

/** What the job computes, and the operator is to hold in his hands. */
const ANSWER = 'forty-two';
const LEADS_WITHIN_MS = 120_000;
const ENDS_WITHIN_MS = 30_000;

export interface StoryStep {
  readonly operation: string;
  readonly name: string;
  run(): Promise<unknown>;
}

export interface Story {
  readonly steps: readonly StoryStep[];
  /** Always run last: ends the master, takes everything away, and looks for what is left. */
  readonly end: StoryStep;
}

/** The product's own way on an account, as its user goes it: init, a master, a job, its result; then destroy. Each step is a program. */
export function storyOf(
  place: Place,
  deployment: string,
  pool: { readonly id: string; readonly bidUsdPerHour: number },
): Story {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-story-'));
  const { region, endpoint, credentials } = place.target;
  const own = {
    XDG_STATE_HOME: folder,
    ...(endpoint !== undefined && { AWS_ENDPOINT_URL: endpoint, AWS_EC2_METADATA_DISABLED: 'true' }),
    ...(credentials === 'dummy' && { AWS_ACCESS_KEY_ID: 'story', AWS_SECRET_ACCESS_KEY: 'of-no-worth', AWS_PROFILE: undefined }), // prettier-ignore
  };
  const said = Object.entries({ ...process.env, ...own }).filter((entry): entry is [string, string] => entry[1] !== undefined); // prettier-ignore
  const start = (args: readonly string[]): Program =>
    new Program([CBAS, ...args, '--deployment', deployment, '--region', region], { cwd: folder, env: Object.fromEntries(said) }); // prettier-ignore
  // One deadline for all steps: the stated cost counts instances for so long. Taking away has a time of its own.
  const overAt = Date.now() + STORY_S * 1_000;
  const does = async (args: readonly string[], untilMs = overAt): Promise<void> => {
    assert.ok(Date.now() < untilMs, `cbas ${args[0]} is not begun: the story's ${STORY_S} s are over`);
    const program = start(args);
    try {
      const code = await program.exitCode(untilMs - Date.now());
      assert.equal(code, 0, `cbas ${args[0]} exits ${code}: ${program.output.slice(-1_000)}`);
    } finally {
      await end(program);
    }
  };
  let master: Program | undefined;
  const step = (operation: string, name: string, run: () => Promise<unknown>): StoryStep => ({ operation, name, run });
  return {
    steps: [
      step(
        'init',
        'makes the deployment',
        () =>
        does(['init', '--pool', `${pool.id}:${pool.bidUsdPerHour}`, '--workers', '1', '--yes', ...programOf(place, folder, deployment)]), // prettier-ignore
      ),
      step('master', 'leads', async () => {
        master = start(['master']);
        await master.untilItSays('leads with epoch', LEADS_WITHIN_MS);
      }),
      step('submit', 'a job runs to its end on an instance', () => {
        const document = path.join(folder, 'job.json');
        const run = { command: ['sh', '-c', `mkdir -p out; echo ${ANSWER} > out/answer`] };
        const outputs = [{ name: 'answer', path: 'out/answer' }];
        fs.writeFileSync(document, JSON.stringify({ cbas: 1, name: 'story', run, outputs }));
        return does(['submit', document, '--wait']);
      }),
      step('get', 'its result is here', async () => {
        await does(['get', 'story', '--to', path.join(folder, 'got')]);
        const files = fs.globSync('**/answer', { cwd: path.join(folder, 'got') });
        assert.equal(files.length, 1, `one file: ${files.join(', ') || 'none'}`);
        assert.equal(fs.readFileSync(path.join(folder, 'got', files[0]!), 'utf8').trim(), ANSWER);
      }),
    ],
    end: step('destroy', 'leaves nothing that bears the name or the tag', async () => {
      if (master !== undefined) await end(master);
      await does(['destroy', '--purge', deployment, '--yes'], Date.now() + STORY_S * 1_000);
      fs.rmSync(folder, { recursive: true });
    }),
  };
}

/** On a real account workers fetch this build from the bucket; a server on this machine starts them as processes, which find it here. */
function programOf({ isLive, target }: Place, folder: string, deployment: string): readonly string[] {
  if (isLive) return ['--program', 'bundle'];
  const script = path.join(folder, 'worker.sh');
  fs.writeFileSync(
    script,
    `#!/bin/sh\nAWS_ENDPOINT_URL=${target.endpoint}\nexec cbas worker --deployment ${deployment}\n`,
  );
  return ['--user-data', script, '--image', IMAGE_ID];
}

/** One that is over already is left alone; one that does not hear is killed. */
async function end(program: Program): Promise<void> {
  if (await isOver(program, 0)) return;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    program.signal(signal);
    if (await isOver(program, ENDS_WITHIN_MS)) return;
  }
}

function isOver(program: Program, withinMs: number): Promise<boolean> {
  return program.exitCode(withinMs).then(
    () => true,
    () => false,
  );
}
