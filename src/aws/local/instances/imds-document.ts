import { type InstanceRecord, privateIpOf, type Tags } from '../ec2/records.ts';

/** What the metadata service of one instance tells. */
export interface ImdsView {
  readonly record: InstanceRecord;
  readonly region: string;
  readonly accountId: string;
  readonly architecture: string;
  readonly userData: string | undefined;
  /** Epoch ms. */
  readonly at: number;
}

export const DEFAULT_ROLE = 'cbas-worker';
/** As long as the keys of an instance's role live on EC2. */
const CREDENTIALS_MS = 6 * 3_600_000;

/** ISO 8601 to the second, as IMDS writes times. */
const iso = (atMs: number): string => new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
const json = (value: object): string => JSON.stringify(value, null, 2);

/** The text at a path below /latest/, or undefined for 404. A path that ends in a slash lists what lies below it. */
export function imdsDocument(path: string, view: ImdsView): string | undefined {
  const { record, region } = view;
  const exact: Readonly<Record<string, () => string | undefined>> = {
    'user-data': () => view.userData,
    'dynamic/instance-identity/document': () => identity(view),
    'meta-data/': () => LISTING.join('\n'),
    'meta-data/instance-id': () => record.id,
    'meta-data/instance-type': () => record.type,
    'meta-data/instance-life-cycle': () => record.lifecycle,
    'meta-data/ami-id': () => record.imageId,
    'meta-data/local-ipv4': () => privateIpOf(record),
    'meta-data/local-hostname': () => 'localhost',
    'meta-data/placement/region': () => region,
    'meta-data/placement/availability-zone': () => record.zone,
    'meta-data/iam/info': () => profile(view),
    'meta-data/iam/security-credentials': () => roleOf(record),
    'meta-data/iam/security-credentials/': () => roleOf(record),
    [`meta-data/iam/security-credentials/${roleOf(record)}`]: () => credentials(view),
    'meta-data/spot/instance-action': () => instanceAction(record),
    'meta-data/spot/termination-time': () => whenTaken(record),
    'meta-data/events/recommendations/rebalance': () =>
      record.rebalanceAt === undefined ? undefined : JSON.stringify({ noticeTime: iso(record.rebalanceAt) }),
    'meta-data/tags/instance': () => listTags(record.tags),
    'meta-data/tags/instance/': () => listTags(record.tags),
  };
  const known = Object.hasOwn(exact, path) ? exact[path] : undefined;
  return known === undefined ? tag(path, record.tags) : known();
}

const LISTING = [
  'ami-id',
  'events/',
  'iam/',
  'instance-id',
  'instance-life-cycle',
  'instance-type',
  'local-hostname',
  'local-ipv4',
  'placement/',
  'spot/',
  'tags/',
];

/** The role is named after the instance profile; an instance without one gets a role all the same, since all keys are dummies. */
export function roleOf(record: InstanceRecord): string {
  return record.profileArn?.split('/').at(-1) ?? DEFAULT_ROLE;
}

function credentials({ record, at }: ImdsView): string {
  return json({
    Code: 'Success',
    LastUpdated: iso(at),
    Type: 'AWS-HMAC',
    AccessKeyId: `ASIALOCAL${record.id.slice(2, 13).toUpperCase()}`,
    SecretAccessKey: 'local-only-and-worth-nothing-anywhere-else',
    Token: `local-${record.id}`,
    Expiration: iso(at + CREDENTIALS_MS),
  });
}

function profile({ record, accountId, at }: ImdsView): string {
  const arn = record.profileArn ?? `arn:aws:iam::${accountId}:instance-profile/${DEFAULT_ROLE}`;
  return json({
    Code: 'Success',
    LastUpdated: iso(at),
    InstanceProfileArn: arn,
    InstanceProfileId: 'AIPALOCAL00000000000',
  });
}

function identity({ record, region, accountId, architecture }: ImdsView): string {
  return json({
    accountId,
    architecture,
    availabilityZone: record.zone,
    imageId: record.imageId,
    instanceId: record.id,
    instanceType: record.type,
    pendingTime: iso(record.launchAt),
    privateIp: privateIpOf(record),
    region,
    version: '2017-09-30',
  });
}

const whenTaken = ({ interruption }: InstanceRecord): string | undefined =>
  interruption === undefined ? undefined : iso(interruption.takeAt);

function instanceAction(record: InstanceRecord): string | undefined {
  const time = whenTaken(record);
  return time === undefined ? undefined : JSON.stringify({ action: 'terminate', time });
}

const listTags = (tags: Tags): string => Object.keys(tags).join('\n');

function tag(path: string, tags: Tags): string | undefined {
  const prefix = 'meta-data/tags/instance/';
  if (!path.startsWith(prefix)) return undefined;
  const key = path.slice(prefix.length);
  return Object.hasOwn(tags, key) ? tags[key] : undefined;
}
