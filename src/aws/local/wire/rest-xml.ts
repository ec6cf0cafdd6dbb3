import { Readable } from 'node:stream';
import { XmlShapeDeserializer } from '@aws-sdk/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import { ServiceError, type LocalService } from '../service.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import { piecesOf, readBody } from './body.ts';
import type { Codec, WireReply, WireRequest } from './codec.ts';
import { fromText, toText } from './http-value.ts';
import { chooseRoute, restRoute, restTarget } from './rest-route.ts';
import { demandRequired, httpOf, inputOf, nameOf, outputOf } from './schema.ts';
import { XML_DECLARATION, element, escapeXml, innerXml } from './xml.ts';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const XML_TYPE = 'application/xml';

/** What a handler gets for a streaming member: the bytes without their framing. */
export interface IncomingBody {
  readonly pieces: AsyncIterable<Buffer>;
  /** Complete only when `pieces` has been read to its end. */
  readonly trailers: ReadonlyMap<string, string>;
  /** Names that the client announced, in lower case: known before the first byte. */
  readonly trailerNames: readonly string[];
  /** As the client declared it; undefined where it did not. */
  readonly sizeBytes: number | undefined;
}

/** REST with XML, path style: S3. The parts of a request are bound to members by the traits of the schema. */
export function createRestXmlCodec(service: LocalService): Codec {
  const routes = service.operations.map(restRoute);
  return {
    async decode(request) {
      const { operation } = chooseRoute(routes, request);
      const input = await readInput(inputOf(operation.schema), request);
      demandRequired(operation.schema, input);
      return { operation, input };
    },
    encode(operation, output, { requestId }) {
      const statusCode = httpOf(operation.schema)?.[2] ?? 200;
      return encodeOutput(
        { statusCode, requestId, name: nameOf(operation.schema) },
        outputOf(operation.schema),
        output,
      );
    },
    encodeError(error, { requestId, method }) {
      const headers = { 'x-amz-request-id': requestId };
      if (method === 'HEAD' || error.statusCode === 304) return { statusCode: error.statusCode, headers, body: '' };
      const detail = element('Code', error.code) + element('Message', error.message);
      const body = `${XML_DECLARATION}<Error>${detail}${element('RequestId', requestId)}</Error>`;
      return { statusCode: error.statusCode, headers: { ...headers, 'content-type': XML_TYPE }, body };
    },
  };
}

async function readInput(schema: NormalizedSchema, request: WireRequest): Promise<object> {
  const input: Record<string, unknown> = {};
  if (schema.isUnitSchema()) return input;
  const target = restTarget(request.path);
  const labels: Readonly<Record<string, string | undefined>> = { Bucket: target.bucket, Key: target.key };
  for (const [name, member] of schema.structIterator()) {
    const value = await readMember({ name, member, labels }, request);
    if (value !== undefined) input[name] = value;
  }
  return input;
}

interface Member {
  readonly name: string;
  readonly member: NormalizedSchema;
  readonly labels: Readonly<Record<string, string | undefined>>;
}

async function readMember({ name, member, labels }: Member, request: WireRequest): Promise<unknown> {
  const { httpLabel, httpQuery, httpHeader, httpPrefixHeaders, httpPayload } = member.getMergedTraits();
  if (httpLabel) return labels[name];
  if (httpPayload) {
    if (member.isStreaming()) return incomingBody(request);
    // A policy is JSON, and comes as it is.
    return member.isStringSchema() ? (await readBody(request.body)).toString('utf8') : readXml(member, request);
  }
  if (typeof httpPrefixHeaders === 'string') return readPrefixHeaders(httpPrefixHeaders, request);
  const text = httpQuery !== undefined ? request.query.get(httpQuery) : httpHeader && headerOf(request, httpHeader);
  return text === null || text === undefined || text === '' ? undefined : fromText(member, text);
}

/** A presigned URL carries the headers that it fixes as query parameters. */
function headerOf({ headers, query }: WireRequest, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  if (value !== undefined) return Array.isArray(value) ? value.join(',') : value;
  return /^x-amz-/i.test(name) ? (query.get(name.toLowerCase()) ?? undefined) : undefined;
}

function readPrefixHeaders(prefix: string, { headers, query }: WireRequest): Record<string, string> | undefined {
  const pairs = [...query, ...Object.entries(headers)].flatMap(([name, value]): [string, string][] =>
    name.toLowerCase().startsWith(prefix) ? [[name.slice(prefix.length).toLowerCase(), String(value)]] : [],
  );
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function incomingBody({ headers, body }: WireRequest): IncomingBody {
  const trailers = new Map<string, string>();
  const framed =
    /\baws-chunked\b/.test(String(headers['content-encoding'] ?? '')) ||
    String(headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  const declared = framed ? headers['x-amz-decoded-content-length'] : headers['content-length'];
  const pieces = piecesOf(body);
  return {
    pieces: framed ? decodeAwsChunked({ pieces, trailers }) : pieces,
    trailers,
    trailerNames: String(headers['x-amz-trailer'] ?? '')
      .toLowerCase()
      .split(',')
      .flatMap((name) => (name.trim() === '' ? [] : [name.trim()])),
    sizeBytes: declared === undefined ? undefined : Number(declared),
  };
}

async function readXml(schema: NormalizedSchema, request: WireRequest): Promise<unknown> {
  const body = await readBody(request.body);
  if (body.length === 0) return undefined;
  // Nobody who speaks to S3 declares entities, and whoever does wants them expanded.
  if (body.includes('<!DOCTYPE')) throw new ServiceError('MalformedXML', 'The XML of the request has a DOCTYPE.');
  const settings = { timestampFormat: { useTrait: true, default: 5 }, xmlNamespace: '', serviceNamespace: '' } as const;
  try {
    return new XmlShapeDeserializer(settings).read(schema, body) as unknown;
  } catch (error) {
    throw new ServiceError('MalformedXML', `The XML of the request cannot be read: ${(error as Error).message}`);
  }
}

interface ReplyHead {
  readonly statusCode: number;
  readonly requestId: string;
  readonly name: string;
}

function encodeOutput(head: ReplyHead, schema: NormalizedSchema, output: unknown): WireReply {
  const headers: Record<string, string> = { 'x-amz-request-id': head.requestId };
  if (schema.isUnitSchema()) return { statusCode: head.statusCode, headers, body: '' };
  const inBody: Record<string, unknown> = {};
  let payload: WireReply['body'] | undefined;
  for (const [name, member] of schema.structIterator()) {
    const value = (output as Record<string, unknown> | undefined)?.[name];
    const { httpHeader, httpPrefixHeaders, httpPayload } = member.getMergedTraits();
    const missing = value === undefined || value === null;
    if (httpPayload) payload = missing ? '' : payloadOf(member, value);
    if (missing || httpPayload) continue;
    if (httpHeader !== undefined) headers[httpHeader.toLowerCase()] = toText(value);
    else if (typeof httpPrefixHeaders === 'string') writePrefixHeaders(headers, httpPrefixHeaders, value);
    else inBody[name] = value;
  }
  const statusCode = 'content-range' in headers ? 206 : head.statusCode;
  const body = payload ?? documentOf(schema, inBody);
  if (typeof body === 'string' && body !== '') headers['content-type'] ??= XML_TYPE;
  return { statusCode, headers, body };
}

function writePrefixHeaders(headers: Record<string, string>, prefix: string, value: unknown): void {
  for (const [name, text] of Object.entries(value as Record<string, string>)) headers[prefix + name] = text;
}

function payloadOf(member: NormalizedSchema, value: unknown): string | Uint8Array | Readable {
  if (value instanceof Readable || value instanceof Uint8Array || typeof value === 'string') return value;
  const tag = member.getMergedTraits().xmlName ?? member.getName() ?? '';
  return `${XML_DECLARATION}<${tag} xmlns="${NAMESPACE}">${innerXml(member, value)}</${tag}>`;
}

/** The reply's document; none for an output that has nothing but headers. */
function documentOf(schema: NormalizedSchema, value: Record<string, unknown>): string {
  const inDocument = [...schema.structIterator()].filter(([, member]) => {
    const { httpHeader, httpPrefixHeaders } = member.getMergedTraits();
    return httpHeader === undefined && httpPrefixHeaders === undefined;
  });
  if (inDocument.length === 0) return '';
  const tag = schema.getMergedTraits().xmlName ?? schema.getName() ?? '';
  // GetBucketLocation's only member is the document itself.
  const unwrapped = inDocument.length === 1 && inDocument[0]?.[0] === tag;
  const content = unwrapped ? escapeXml(String(value[tag] ?? '')) : innerXml(schema, value);
  return `${XML_DECLARATION}<${tag} xmlns="${NAMESPACE}">${content}</${tag}>`;
}
