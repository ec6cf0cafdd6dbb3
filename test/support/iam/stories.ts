import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { SendMessageCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoStore } from '../../../src/aws/dynamo.ts';
import { names } from '../../../src/aws/setup/names.ts';
import { jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import { IMAGE_ID } from '../../../src/aws/local/ec2/image-check.ts';
import { type AwsTarget, clientOptions } from '../../../src/aws/client-options.ts';
import { counterJob, piJob, shell } from '../cloud.ts';
import { eventually, holds } from '../eventually.ts';
import { CBAS_CONSOLE, type Program, ROOT, type World } from '../processes.ts';
import { PtyProgram } from '../pty.ts';

const WITHIN_MS = 180_000;

/** Who does what: the product's own programs, each with the keys of its role. */
export interface RoleStory {
  readonly world: World;
  readonly as: (role: string, ...args: readonly string[]) => Program;
  readonly environment: (role: string) => Record<string, string>;
  /** Past the recorder. */
  readonly target: AwsTarget;
  readonly name: string;
  readonly endpoint: string;
  /** What went on elsewhere, told when a story does not go on. */
  readonly instead: () => string;
}

/** A call that took too long on a busy machine; what the story is about is another thing. */
const UNAVAILABLE = 69;
const TRIES_MAX = 4;
const LOOK_EVERY_MS = 500;
const REFUSED = 4;

/** Runs a verb to its end; it must end with one of the codes. Returns what it printed. */
async function does(story: RoleStory, role: string, args: readonly string[]): Promise<string> {
  for (let tries = 1; ; tries++) {
    const program = story.as(role, ...args);
    const code = await program.exitCode(WITHIN_MS);
    if (code === UNAVAILABLE && tries < TRIES_MAX) continue;
    // What timed out may have been done: then there is nothing to do any more.
    expect(tries > 1 ? [0, REFUSED] : [0], `${args.join(' ')}: ${code}\n${program.output}`).toContain(code);
    return program.stdout;
  }
}

/** `init`, `doctor`: made, looked at, found as it was. */
export async function settingUpStory(story: RoleStory): Promise<void> {
  const script = path.join(story.world.folder, 'worker.sh');
  fs.writeFileSync(
    script,
    `#!/bin/sh\nAWS_ENDPOINT_URL=${story.endpoint}\nexec cbas worker --deployment ${story.name}\n`,
  );
  const init = [
    'init',
    '--user-data',
    script,
    '--image',
    IMAGE_ID,
    '--pool',
    'c5.large/us-east-1a:0.4',
    '--workers',
    '2',
    '--yes',
  ];
  await does(story, 'setup', ['init', '--plan', '--user-data', script]);
  await does(story, 'setup', init);
  await does(story, 'setup', init);
  await does(story, 'setup', ['doctor']);
}

/** Everything that an operator does, and what master and workers do because of it. */
export async function actingStory(story: RoleStory): Promise<void> {
  fs.copyFileSync(path.join(ROOT, 'examples', 'pi', 'pi.mjs'), path.join(story.world.folder, 'pi.mjs'));
  await submits(story, piJob({ book: 'pi', number: 1, samples: 1_000_000 }), shell('fails', 'exit 3', { retry: { attempts: 1 } })); // prettier-ignore
  await jobReaches(story, 'pi-1', 'SUCCEEDED');
  await jobReaches(story, 'fails', 'FAILED');
  // They have both workers to themselves, for as long as the story may take.
  await submits(story, counterJob('counter', 3_000), counterJob('held', 3_000));
  await jobReaches(story, 'counter', 'RUNNING');
  await jobReaches(story, 'held', 'RUNNING');
  await does(story, 'operator', ['checkpoint', 'counter', 'held', '--yes']);
  await does(story, 'operator', ['hold', 'held', '--yes']);
  await does(story, 'operator', ['set', 'held', '--priority', '7', '--yes']);
  await does(story, 'operator', ['release', 'held', '--yes']);
  await does(story, 'operator', ['retry', 'fails', '--yes']);
  await does(story, 'operator', ['bid', 'c5.large/us-east-1a', '0.5', '--yes']);
  await does(story, 'operator', ['images', 'create', 'counter', '--yes']);
  await eventually(
    'an image is there',
    async () => {
      const images = JSON.parse(await does(story, 'operator', ['images', '--json'])) as { state: string; id: string }[];
      return images.find(({ state }) => state === 'available')?.id;
    },
    { withinMs: WITHIN_MS, everyMs: LOOK_EVERY_MS },
  );
  const [image] = JSON.parse(await does(story, 'operator', ['images', '--json'])) as { id: string }[];
  await does(story, 'operator', ['images', 'launch', image?.id ?? '', '--yes']);
  await does(story, 'operator', ['images', 'retire', image?.id ?? '', '--yes']);
  await does(story, 'operator', ['kill', 'counter', '--yes']);
  await does(story, 'operator', ['launch', '1', '--yes']);
  await deadLetter(story);
  await does(story, 'operator', ['deadletters']);
  await does(story, 'operator', ['deadletters', 'redrive', 'events', '--yes']);
  await consoleActs(story);
}

async function submits(story: RoleStory, ...jobs: readonly object[]): Promise<void> {
  const documents = path.join(story.world.folder, 'jobs.jsonl');
  fs.writeFileSync(documents, jobs.map((one) => JSON.stringify({ cbas: 1, ...one })).join('\n'));
  await does(story, 'operator', ['submit', documents]);
}

/** A message that nobody can read, where messages end that nobody could read. */
async function deadLetter({ target, name }: RoleStory): Promise<void> {
  const sqs = new SQSClient(clientOptions(target));
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `cbas-${name}-events-dead` }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"no":"event"}' }));
}

/** Looked at past the recorder, and without a process for each look. */
async function jobReaches({ target, name, instead }: RoleStory, job: string, state: string): Promise<void> {
  const store = new DynamoStore({ ...target }, names.prefix(name));
  await eventually(
    `${job} is ${state}`,
    async () => {
      const { items } = await store.scan('jobs').catch(() => ({ items: [] }));
      return holds(items.map(jobRowOf).some((row) => row?.name === job && row.state === state));
    },
    { withinMs: WITHIN_MS, everyMs: LOOK_EVERY_MS, instead },
  );
}

/** The console of an operator: every screen, and a bid. */
async function consoleActs(story: RoleStory): Promise<void> {
  const console = new PtyProgram(story.world, [CBAS_CONSOLE, '--deployment', story.name, '--region', 'us-east-1'], {
    env: story.environment('operator'),
  });
  await console.shows(/leader m-/, WITHIN_MS);
  for (const screen of ['1', '2', '3', '4', '5', '6']) console.type(screen);
  console.type('q');
  await console.exitCode(WITHIN_MS);
}

/** Whoever only looks: each verb that changes nothing, and the console. */
export async function lookingStory(story: RoleStory): Promise<void> {
  for (const verb of [
    ['jobs'],
    ['job', 'pi-1'],
    ['workers'],
    ['where'],
    ['prices'],
    ['prices', '--history'],
    ['book', 'pi'],
    ['audit'],
    ['logs', 'held'],
    ['images'],
    ['checkpoints'],

    ['get', 'pi-1', '--to', path.join(story.world.folder, 'got')],
  ])
    // prettier-ignore
    await does(story, 'viewer', verb);
  const console = new PtyProgram(story.world, [CBAS_CONSOLE, '--read-only', '--deployment', story.name, '--region', 'us-east-1'], { env: story.environment('viewer') }); // prettier-ignore
  await console.shows(/leader m-/, WITHIN_MS);
  for (const screen of ['1', '2', '3', '4', '5', '6']) console.type(screen);
  console.type('q');
  await console.exitCode(WITHIN_MS);
}

/** Taken away, with all data. */
export async function endingStory(story: RoleStory): Promise<void> {
  await does(story, 'setup', ['destroy', '--purge', story.name, '--yes']);
}
