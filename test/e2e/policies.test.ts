import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../src/aws/local/cloud.ts';
import { Account } from '../support/iam/account.ts';
import { applies, evaluate, type IamDocument } from '../support/iam/evaluate.ts';
import { type Recorded, type Recorder, startRecorder } from '../support/iam/recorder.ts';
import { actingStory, endingStory, lookingStory, settingUpStory, type RoleStory } from '../support/iam/stories.ts';
import { CBAS, type Program, read, ROOT, World } from '../support/processes.ts';

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
const NAME = 'lab';
const ROLES = ['setup', 'operator', 'viewer', 'master', 'worker'] as const;
/** Statements whose use, or a part of it, the story does not come to: by whom they are used. */
const USED_ELSEWHERE: readonly (readonly [role: string, statement: string, actions: RegExp, by: string])[] = [
  ['setup', 'Program', /./, 'init --program bundle'],
  ['setup', 'Bucket', /ListBucketMultipartUploads/, 'init --program bundle, when an upload goes on'],
  ['setup', 'Topic', /SetTopicAttributes/, 'doctor --fix'],
  ['setup', 'Roles', /UpdateAssumeRolePolicy/, 'doctor --fix'],
  ['setup', 'ChangeOurs', /CreateLaunchTemplateVersion|CreateTags/, 'doctor --fix'],
  ['setup', 'Look', /DescribeSubnets|DescribeVpcs/, 'init --vpc'],
  ['setup', 'Drill', /./, 'drill'],
  ['operator', 'PutInputs', /Multipart/, 'inputs of more than a part'],
  ['operator', 'GoOnWithUploads', /./, 'inputs of more than a part'],
  ['worker', 'PutFiles', /Multipart/, 'outputs and checkpoints of more than a part'],
  ['worker', 'GoOnWithUploads', /./, 'outputs and checkpoints of more than a part'],
  ['worker', 'SweepOwn', /./, 'older generations of checkpoints'],
  ['master', 'ReadFiles', /./, 'what a checkpoint says of itself'],
  ['master', 'ListFiles', /./, 'the sweeper, an hour later'],
  ['master', 'Sweep', /./, 'the sweepers'],
  ['master', 'BePushedTo', /ConfirmSubscription/, 'a push endpoint that SNS can reach'],
  ['master', 'NoLonger', /./, 'masters that are gone'],
  ['master', 'EndOurs', /./, 'workers that are idle for long'],
  ['master', 'BeReached', /./, 'the agent of the Session Manager'],
  ['master', 'ResolveImage', /./, 'EC2, for the image'],
];

const WITHIN_MS = 60_000;

/** Each role signs with a key of its own, by which the recorder knows it; workers have the keys of their instances. */
const keyOf = (role: string): string => `AKIA${role.toUpperCase().padEnd(16, '0')}`;
const whoIs = (key: string): string | undefined =>
  key.startsWith('ASIALOCAL') ? 'worker' : ROLES.find((role) => keyOf(role) === key);

describe('every right that the product uses is in the policy of its role', () => {
  const world = new World();
  let cloud: LocalCloud;
  let recorder: Recorder;
  let recorded: readonly Recorded[] = [];
  const policies = new Map<string, IamDocument>();

  const as = (role: string, ...args: readonly string[]): Program =>
    world.start([CBAS, ...args, '--deployment', NAME, '--region', REGION], environment(role));
  const environment = (role: string): Record<string, string> => ({
    AWS_ENDPOINT_URL: recorder.endpoint,
    AWS_ACCESS_KEY_ID: keyOf(role),
    AWS_SECRET_ACCESS_KEY: 'of-no-worth',
    AWS_EC2_METADATA_DISABLED: 'true',
  });

  beforeAll(async () => {
    const folder = path.join(world.folder, 'aws');
    fs.mkdirSync(folder);
    cloud = await startLocalCloud({
      folder,
      region: REGION,
      accountId: ACCOUNT,
      port: 0,
      speed: 1,
      seed: 7,
      binDirs: [path.join(ROOT, 'bin'), path.dirname(process.execPath)],
      onFatal: (error) => {
        throw error;
      },
    });
    const target = { region: REGION, endpoint: cloud.endpoint, mode: 'local', credentials: 'dummy' } as const;
    recorder = await startRecorder(cloud.endpoint, new Account(target, ACCOUNT), whoIs);
    const running: { master?: Program } = {};
    const instead = (): string =>
      [
        running.master?.output.slice(-3_000) ?? '',
        ...fs
          .globSync(path.join(folder, 'ec2', 'instances', '*', 'console.log'))
          .map((file) => read(file).slice(-1_000)),
      ].join('\n');
    const story: RoleStory = { world, as, environment, target, name: NAME, endpoint: recorder.endpoint, instead };
    await settingUpStory(story);
    for (const role of ROLES) {
      const printed = as(role, 'policy', 'print', '--role', role, '--account', ACCOUNT);
      expect(await printed.exitCode(WITHIN_MS), printed.output).toBe(0);
      policies.set(role, JSON.parse(printed.stdout) as IamDocument);
    }
    const master = (running.master = as('master', 'master', '--push-listen', '0'));
    await master.untilItSays('leads with epoch 1', WITHIN_MS);
    await actingStory(story);
    await lookingStory(story);
    master.signal('SIGTERM');
    expect(await master.exitCode(WITHIN_MS), master.output).toBe(0);
    await endingStory(story);
    recorded = recorder.recorded();
  }, 600_000);

  afterAll(async () => {
    await recorder.close();
    await cloud.stop({ endInstances: true });
    await world[Symbol.asyncDispose]();
  });

  it('every call could be read', () => {
    expect(recorder.troubles).toEqual([]);
  });

  it.each(ROLES)('%s needs nothing that its policy does not allow', (role) => {
    const policy = policies.get(role) as IamDocument;
    const needed = recorded.filter(({ who }) => who === role);
    const refused = needed.filter((one) => evaluate(policy, one) !== 'allowed');
    expect(
      refused.map(({ operation, action, resource, context }) => ({ operation, action, resource, context })),
    ).toEqual([]);
  });

  it('no role has a right that nothing uses, but for those whose use is elsewhere', () => {
    // An operator is a viewer as well.
    const users = (role: string): readonly string[] => (role === 'operator' ? ['operator', 'viewer'] : [role]);
    const unused = ROLES.flatMap((role) =>
      (policies.get(role)?.Statement ?? []).flatMap((statement) =>
        [statement.Action ?? []].flat().flatMap((action) => {
          const used = recorded.some(
            (one) => users(role).includes(one.who) && one.action === action && applies(statement, one),
          );
          const elsewhere = USED_ELSEWHERE.some(
            ([who, sid, actions]) => who === role && statement.Sid?.startsWith(sid) === true && actions.test(action),
          );
          return used || elsewhere ? [] : [`${role} ${statement.Sid}: ${action}`];
        }),
      ),
    );
    expect(unused).toEqual([]);
  });
});
