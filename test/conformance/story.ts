import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { IMAGE_ID } from '../../src/aws/local/ec2/image-check.ts';
import { systemClock } from '../../src/aws/system-clock.ts';
import { STORY_S } from './bound.ts';
import type { Place } from './place.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const CBAS = path.join(ROOT, 'bin', 'cbas');
/** What the job computes, and the operator is to hold in his hands. */
const ANSWER = 'forty-two';
const LEADS_WITHIN_MS = 120_000;
const ENDS_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 250;

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
  const env = {
    ...process.env,
    XDG_STATE_HOME: folder,
    ...(endpoint !== undefined && { AWS_ENDPOINT_URL: endpoint, AWS_EC2_METADATA_DISABLED: 'true' }),
    ...(credentials === 'dummy' && {
      AWS_ACCESS_KEY_ID: 'story',
      AWS_SECRET_ACCESS_KEY: 'of-no-worth',
      AWS_PROFILE: undefined,
    }),
  };
  const start = (args: readonly string[]): ChildProcess =>
    spawn(CBAS, [...args, '--deployment', deployment, '--region', region], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }); // prettier-ignore
  // One deadline for all steps: the stated cost counts instances for so long. Taking away has a time of its own.
  const overAt = Date.now() + STORY_S * 1_000;
  const does = async (args: readonly string[], untilMs = overAt): Promise<string> => {
    assert.ok(Date.now() < untilMs, `cbas ${args[0]} is not begun: the story's ${STORY_S} s are over`);
    const program = start(args);
    const said = heard(program);
    const timer = setTimeout(() => void ended(program), untilMs - Date.now());
    const code = await new Promise((resolve) => program.once('close', resolve));
    clearTimeout(timer);
    assert.equal(code, 0, `cbas ${args[0]} exits ${code}: ${said().slice(-1_000)}`);
    return said();
  };
  let master: ChildProcess | undefined;
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
        const said = heard(master);
        for (const until = Date.now() + LEADS_WITHIN_MS; !said().includes('leads with epoch');) {
          assert.ok(Date.now() < until && master.exitCode === null, `it does not lead: ${said().slice(-1_000)}`);
          await systemClock.sleep(LOOK_EVERY_MS);
        }
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
      if (master !== undefined) await ended(master);
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

function heard(program: ChildProcess): () => string {
  let said = '';
  for (const stream of [program.stdout, program.stderr]) stream?.on('data', (bytes: Buffer) => (said += String(bytes)));
  return () => said;
}

async function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null) return;
  const closed = new Promise((resolve) => program.once('close', resolve));
  program.kill('SIGTERM');
  const timer = setTimeout(() => program.kill('SIGKILL'), ENDS_WITHIN_MS);
  await closed;
  clearTimeout(timer);
}
