import type { EpochMs, JsonObject } from '../model/units.ts';
import { readName, readNumber, readObject, readText } from './read.ts';
import { isObject, shown } from './shape.ts';

/** What the queues `ping` and `events` carry. An unknown kind or version is an ordinary value: counted, shown, never a crash. */
export type QueueMessage =
  | { readonly kind: 'ping'; readonly workerId: string; readonly at: EpochMs }
  | { readonly kind: 'interruption'; readonly instanceId: string; readonly at: EpochMs; readonly action: string }
  | { readonly kind: 'rebalance'; readonly instanceId: string; readonly at: EpochMs }
  | { readonly kind: 'state-change'; readonly instanceId: string; readonly at: EpochMs; readonly state: string }
  | { readonly kind: 'unknown'; readonly what: string };

/** Name of the dead-letter queue beside a queue. */
export function deadQueue(queue: string): string {
  return `${queue}-dead`;
}

/** EC2 gives two minutes from the warning on the bus to the taking (best effort). */
export const NOTICE_MS = 120_000;

export function pingBody(ping: { readonly workerId: string; readonly at: EpochMs }): string {
  return JSON.stringify({ cbas: 1, kind: 'ping', workerId: ping.workerId, at: ping.at });
}

/** Of EventBridge's envelope: the only one that there has ever been. */
const EVENT_VERSION = '0';

/** Decodes a body of any origin. Never throws. `parseTime` turns ISO 8601 into epoch ms. */
export function decodeMessage(body: string, parseTime: (iso: string) => EpochMs): QueueMessage {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { kind: 'unknown', what: `not JSON: ${shown(body)}` };
  }
  if (!isObject(value)) return { kind: 'unknown', what: 'not an object' };
  if (value['cbas'] === 1 && value['kind'] === 'ping') {
    const workerId = readInstanceId(value, 'workerId');
    return workerId === ''
      ? { kind: 'unknown', what: `ping of ${shown(value['workerId'])}` }
      : { kind: 'ping', workerId, at: readNumber(value, 'at') };
  }
  if (readText(value, 'source') === 'aws.ec2') return decodeEc2Event(value, parseTime);
  return {
    kind: 'unknown',
    what: `kind ${shown(value['kind'] ?? value['detail-type'] ?? null)}, version ${shown(value['cbas'] ?? null)}`,
  };
}

/** An id is remembered, and shown: what is longer than one, or no word, is none. */
const INSTANCE_ID = /^[\w.-]{1,64}$/;

function readInstanceId(map: JsonObject, name: string): string {
  const id = readName(map, name);
  return INSTANCE_ID.test(id) ? id : '';
}

function decodeEc2Event(value: Readonly<Record<string, unknown>>, parseTime: (iso: string) => EpochMs): QueueMessage {
  const event = value as Parameters<typeof readText>[0];
  const detail = readObject(event, 'detail') ?? {};
  const instanceId = readInstanceId(detail, 'instance-id');
  const at = parseTime(readText(event, 'time'));
  const detailType = readText(event, 'detail-type');
  const version = readText(event, 'version', EVENT_VERSION);
  if (version !== EVENT_VERSION)
    return { kind: 'unknown', what: `event ${shown(detailType)}, version ${shown(version)}` };
  if (instanceId === '' || !Number.isFinite(at))
    return { kind: 'unknown', what: `event ${shown(detailType)} without an instance or a time` };
  switch (detailType) {
    case 'EC2 Spot Instance Interruption Warning':
      return { kind: 'interruption', instanceId, at, action: readText(detail, 'instance-action', 'terminate') };
    case 'EC2 Instance Rebalance Recommendation':
      return { kind: 'rebalance', instanceId, at };
    case 'EC2 Instance State-change Notification':
      return { kind: 'state-change', instanceId, at, state: readText(detail, 'state') };
    default:
      return { kind: 'unknown', what: `event ${shown(detailType)}` };
  }
}
