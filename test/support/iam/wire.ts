/** An AWS request as its wire says it, before anybody has asked what rights it needs. */
export interface WireCall {
  readonly accessKeyId: string;
  readonly service: string;
  readonly operation: string;
  /** Members by their names on the wire; of S3 the parts of the address, `bucket`, `key` and `query`. */
  readonly input: Members;
}

export interface Members {
  readonly [name: string]: unknown;
}

export interface WireRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * Reads a request from its address, headers and body alone. It shares nothing with the embedded AWS nor with the SDK's own schemas, so
 * that it can contradict them. undefined: not signed, so not a call of AWS.
 */
export function wireCall(request: WireRequest): WireCall | undefined {
  const authorization = String(request.headers['authorization'] ?? '');
  const [, accessKeyId = '', service = ''] =
    /Credential=([^/,\s]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(authorization) ?? [];
  if (accessKeyId === '') return undefined;
  return { accessKeyId, service, ...(service === 's3' ? restCall(request) : namedCall(request)) };
}

function namedCall({ headers, body, method, url }: WireRequest): Pick<WireCall, 'operation' | 'input'> {
  const target = headers['x-amz-target'];
  if (typeof target === 'string')
    return { operation: target.slice(target.indexOf('.') + 1), input: JSON.parse(body.toString() || '{}') as Members };
  const form = new URLSearchParams(body.toString());
  const operation = form.get('Action');
  if (operation === null) return { operation: `${method} ${url}`, input: {} };
  return { operation, input: nested(form) };
}

/** "Tag.1.Key=a" as {Tag: {1: {Key: "a"}}}. */
function nested(form: URLSearchParams): Members {
  const root: Record<string, unknown> = {};
  for (const [name, value] of form) {
    const path = name.split('.');
    const last = path.pop() ?? '';
    let at = root;
    for (const part of path) at = (at[part] ??= {}) as Record<string, unknown>;
    at[last] = value;
  }
  return root;
}

/** The members of a list as the query protocols write it: numbered, below `member` or not. */
export function membersOf(list: unknown): readonly Members[] {
  if (typeof list !== 'object' || list === null) return [];
  const inner = (list as Members)['member'] ?? list;
  return Object.entries(inner as Members)
    .filter(([name]) => /^\d+$/.test(name))
    .map(([, value]) => (typeof value === 'object' ? (value as Members) : { value }));
}

/** Sub-resources of a bucket and an object, and the operation that each method is on it. */
const BUCKET: readonly (readonly [method: string, sub: string, operation: string])[] = [
  ['GET', 'uploads', 'ListMultipartUploads'],
  ['GET', 'encryption', 'GetBucketEncryption'],
  ['GET', 'publicAccessBlock', 'GetPublicAccessBlock'],
  ['GET', 'lifecycle', 'GetBucketLifecycleConfiguration'],
  ['GET', 'tagging', 'GetBucketTagging'],
  ['GET', 'policy', 'GetBucketPolicy'],
  ['GET', 'list-type', 'ListObjectsV2'],
  ['PUT', 'encryption', 'PutBucketEncryption'],
  ['PUT', 'publicAccessBlock', 'PutPublicAccessBlock'],
  ['PUT', 'lifecycle', 'PutBucketLifecycleConfiguration'],
  ['PUT', 'tagging', 'PutBucketTagging'],
  ['PUT', 'policy', 'PutBucketPolicy'],
  ['PUT', '', 'CreateBucket'],
  ['POST', 'delete', 'DeleteObjects'],
  ['DELETE', 'policy', 'DeleteBucketPolicy'],
  ['DELETE', '', 'DeleteBucket'],
  ['HEAD', '', 'HeadBucket'],
];
const OBJECT: typeof BUCKET = [
  ['GET', 'uploadId', 'ListParts'],
  ['GET', '', 'GetObject'],
  ['HEAD', '', 'HeadObject'],
  ['PUT', 'partNumber', 'UploadPart'],
  ['PUT', '', 'PutObject'],
  ['POST', 'uploads', 'CreateMultipartUpload'],
  ['POST', 'uploadId', 'CompleteMultipartUpload'],
  ['DELETE', 'uploadId', 'AbortMultipartUpload'],
  ['DELETE', '', 'DeleteObject'],
];

function restCall({ method, url, body }: WireRequest): Pick<WireCall, 'operation' | 'input'> {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [, bucket = '', ...rest] = pathname.split('/').map(decodeURIComponent);
  const key = rest.join('/');
  const table = key === '' ? BUCKET : OBJECT;
  const found = table.find(([verb, sub]) => verb === method && (sub === '' || searchParams.has(sub)));
  const keys = [...body.toString('latin1').matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, one = '']) => one);
  const query = Object.fromEntries(searchParams);
  return { operation: found?.[2] ?? `${method} ${url}`, input: { bucket, key, query, keys } };
}
