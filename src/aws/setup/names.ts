/** Names of a deployment's resources: one prefix, so that a person finds all of them and nothing else. */
export const names = {
  prefix: (deployment: string): string => `cbas-${deployment}-`,
  bucket: (deployment: string, accountId: string, region: string): string =>
    `cbas-${deployment}-${accountId}-${region}`,
  queue: (deployment: string, queue: string): string => `cbas-${deployment}-${queue}`,
  topic: (deployment: string): string => `cbas-${deployment}-nudge`,
  rule: (deployment: string, rule: string): string => `cbas-${deployment}-${rule}`,
  /** IAM knows no regions: the name carries its own, so that deployments of one name in two regions do not share it. */
  role: ({ name, region }: { readonly name: string; readonly region: string }, role: string): string =>
    `cbas-${name}-${region}-${role}`,
  securityGroup: (deployment: string, role: string): string => `cbas-${deployment}-${role}`,
  template: (deployment: string): string => `cbas-${deployment}-worker`,
} as const;

/** Queues, each with a dead-letter queue beside it. `results` is a nudge to tally. */
export const QUEUES = ['ping', 'events', 'results'] as const;
export type QueueName = (typeof QUEUES)[number];

/** What EC2 tells of its instances, and we want to hear. */
export const EVENT_RULES: Readonly<Record<string, string>> = {
  interruption: 'EC2 Spot Instance Interruption Warning',
  rebalance: 'EC2 Instance Rebalance Recommendation',
  'state-change': 'EC2 Instance State-change Notification',
};

const NAME = /^[a-z][a-z0-9-]{0,19}$/;

/** Why a name will not do; undefined when it will. It becomes part of bucket and queue names. */
export function badDeploymentName(name: string): string | undefined {
  return NAME.test(name)
    ? undefined
    : `"${name}" cannot name a deployment: 1 to 20 letters, digits or "-", all lower case, beginning with a letter`;
}
