import { ServiceError } from '../service.ts';

export type QueueAttributes = Readonly<Record<string, string>>;

/** Whole-number attributes: least, most, default. Source: SQS API reference, SetQueueAttributes. */
const NUMBERS = new Map<string, readonly [min: number, max: number, initial: number]>(
  Object.entries({
    DelaySeconds: [0, 900, 0],
    MaximumMessageSize: [1_024, 1_048_576, 1_048_576],
    MessageRetentionPeriod: [60, 1_209_600, 345_600],
    ReceiveMessageWaitTimeSeconds: [0, 20, 0],
    VisibilityTimeout: [0, 43_200, 30],
  } as const),
);

/** Kept and shown; they have no effect where there are neither foreign accounts nor disks to encrypt. */
const STORED = new Set(['Policy', 'RedriveAllowPolicy', 'SqsManagedSseEnabled']);
const FIFO = new Set(['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit']);

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

export const initialAttributes = (): QueueAttributes =>
  Object.fromEntries([...NUMBERS].map(([name, [, , initial]]) => [name, String(initial)]));

export const numberOf = (attributes: QueueAttributes, name: string): number => Number(attributes[name]);

/** Refuses names and values that SQS would refuse, and those of FIFO queues, which are not embedded. */
export function checkAttributes(attributes: QueueAttributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (FIFO.has(name))
      throw new ServiceError('UnsupportedOperation', 'The embedded SQS has standard queues only, no FIFO.');
    const range = NUMBERS.get(name);
    if (range !== undefined) checkWholeNumber(name, value, range);
    else if (name === 'RedrivePolicy') parseRedrivePolicy(value);
    else if (!STORED.has(name)) throw new ServiceError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  }
}

export function checkWholeNumber(name: string, value: string | number, [min, max]: readonly number[]): void {
  const number = Number(value);
  if (Number.isInteger(number) && number >= (min ?? 0) && number <= (max ?? 0) && value !== '') return;
  throw new ServiceError('InvalidAttributeValue', `Value ${value} for ${name} is not a whole number ${min} to ${max}.`);
}

/** Undefined for the empty text, which removes the policy. */
export function parseRedrivePolicy(text: string | undefined): RedrivePolicy | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    const policy = JSON.parse(text) as { deadLetterTargetArn?: unknown; maxReceiveCount?: unknown };
    const { deadLetterTargetArn } = policy;
    const maxReceiveCount = Number(policy.maxReceiveCount);
    if (typeof deadLetterTargetArn === 'string' && maxReceiveCount >= 1 && maxReceiveCount <= 1_000) {
      return { deadLetterTargetArn, maxReceiveCount };
    }
  } catch (error) {
    throw new ServiceError('InvalidAttributeValue', `RedrivePolicy is not JSON: ${(error as Error).message}`);
  }
  throw new ServiceError(
    'InvalidAttributeValue',
    'RedrivePolicy needs deadLetterTargetArn and maxReceiveCount 1 to 1000.',
  );
}
