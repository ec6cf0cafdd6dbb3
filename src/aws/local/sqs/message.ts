import { createHash } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { ServiceError } from '../service.ts';

/** A message attribute as the log keeps it: binary values as base64. */
export interface StoredAttribute {
  readonly type: string;
  readonly text?: string;
  readonly base64?: string;
}

export type StoredAttributes = Readonly<Record<string, StoredAttribute>>;

export interface StoredMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: StoredAttributes;
  /** Epoch ms. */
  readonly sentAt: number;
}

const ATTRIBUTES_MAX = 10;
/** What XML 1.0 cannot carry, SQS refuses. */
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

export const md5Of = (text: string): string => createHash('md5').update(text).digest('hex');

export function checkBody(body: string, maxBytes: number): void {
  if (body === '') throw new ServiceError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (FORBIDDEN.test(body))
    throw new ServiceError('InvalidMessageContents', 'The message contains invalid characters.');
  if (Buffer.byteLength(body) > maxBytes) {
    throw new ServiceError('InvalidParameterValue', `The message must be shorter than ${maxBytes} bytes.`);
  }
}

export function storeAttributes(attributes: Readonly<Record<string, MessageAttributeValue>> = {}): StoredAttributes {
  const entries = Object.entries(attributes);
  if (entries.length > ATTRIBUTES_MAX) {
    throw new ServiceError('InvalidParameterValue', `A message has at most ${ATTRIBUTES_MAX} attributes.`);
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, storeAttribute(name, value)]));
}

function storeAttribute(name: string, value: MessageAttributeValue): StoredAttribute {
  const type = value.DataType ?? '';
  const kind = type.split('.')[0];
  if ((kind === 'String' || kind === 'Number') && value.StringValue) return { type, text: value.StringValue };
  if (kind === 'Binary' && value.BinaryValue)
    return { type, base64: Buffer.from(value.BinaryValue).toString('base64') };
  throw new ServiceError(
    'InvalidParameterValue',
    `The message attribute '${name}' has no value of its type '${type}'.`,
  );
}

export const wireAttributes = (attributes: StoredAttributes): Record<string, MessageAttributeValue> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { type, text, base64 }]) => [
      name,
      base64 === undefined
        ? { DataType: type, StringValue: text }
        : { DataType: type, BinaryValue: Buffer.from(base64, 'base64') },
    ]),
  );

/** The attributes asked for by ReceiveMessage: exact names, "prefix.*", "All" or ".*". */
export function selectAttributes(attributes: StoredAttributes, names: readonly string[] = []): StoredAttributes {
  const wanted = (name: string): boolean =>
    names.some((asked) =>
      asked === 'All' || asked === '.*' || asked === name
        ? true
        : asked.endsWith('.*') && name.startsWith(asked.slice(0, -1)),
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted(name)));
}

/**
 * MD5 over the sorted attributes, each as length-prefixed name, type, one byte for the kind of value (1 text, 2 binary),
 * and length-prefixed value. Source: SQS developer guide, "Calculating the MD5 message digest for message attributes".
 */
export function md5OfAttributes(attributes: StoredAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { type = '', text = '', base64 } = attributes[name] ?? {};
    add(Buffer.from(name));
    add(Buffer.from(type));
    hash.update(Buffer.from([base64 === undefined ? 1 : 2]));
    add(base64 === undefined ? Buffer.from(text) : Buffer.from(base64, 'base64'));
  }
  return hash.digest('hex');
}
