import type { IncomingMessage } from 'node:http';
import type { LocalService } from '../service.ts';
import type { Codec } from './codec.ts';
import { createJsonCodec } from './json.ts';
import { createQueryCodec } from './query.ts';
import { createRestXmlCodec } from './rest-xml.ts';

export function createCodec(service: LocalService): Codec {
  switch (service.protocol) {
    case 'awsJson1_0':
      return createJsonCodec(service, '1.0');
    case 'awsJson1_1':
      return createJsonCodec(service, '1.1');
    case 'awsQuery':
    case 'ec2Query':
      return createQueryCodec(service, service.protocol);
    case 'restXml':
      return createRestXmlCodec(service);
  }
}

const NOTHING = { scope: '', operations: [] } as const;
const JSON_FALLBACK = createJsonCodec({ ...NOTHING, protocol: 'awsJson1_0' }, '1.0');
const QUERY_FALLBACK = createQueryCodec({ ...NOTHING, protocol: 'awsQuery' }, 'awsQuery');
const REST_FALLBACK = createRestXmlCodec({ ...NOTHING, protocol: 'restXml' });

/** Tells a client in its own words what went wrong before its service was known. */
export function fallbackCodec({ headers }: IncomingMessage): Codec {
  const contentType = headers['content-type'] ?? '';
  if (headers['x-amz-target'] !== undefined || contentType.includes('json')) return JSON_FALLBACK;
  return contentType.includes('x-www-form-urlencoded') ? QUERY_FALLBACK : REST_FALLBACK;
}
