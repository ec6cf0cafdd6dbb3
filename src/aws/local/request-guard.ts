import type { IncomingMessage } from 'node:http';
import { ServiceError } from './service.ts';

/** Where a request is meant to go, as its signature says. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/**
 * Refuses what a browser could be tricked into sending: a foreign Host is DNS rebinding, an Origin is a web page, and so is a
 * Sec-Fetch-Site, which a picture on a page brings without an Origin. None is ever sent by an SDK or a command line that was
 * pointed at this machine. Requests meant for a proxy are refused as well: this is none.
 */
export function guardRequest(request: IncomingMessage): void {
  const { host, origin, 'sec-fetch-site': site } = request.headers;
  if (request.url?.startsWith('/') !== true) {
    throw new ServiceError('InvalidURI', 'The embedded AWS is no proxy: it takes no absolute address.', 400);
  }
  if (request.rawHeaders.filter((one, at) => at % 2 === 0 && one.toLowerCase() === 'host').length > 1) {
    throw new ServiceError('InvalidRequest', 'The request names two hosts.', 400);
  }
  if (host === undefined || !LOOPBACK.test(host)) {
    throw new ServiceError('AccessDenied', 'The embedded AWS answers on the loopback address only.', 403);
  }
  if (origin !== undefined || (site !== undefined && site !== 'none')) {
    throw new ServiceError('AccessDenied', 'The embedded AWS does not answer web pages.', 403);
  }
}

/** The scope from the Authorization header, or from a presigned URL. Signatures are not verified: there are no secrets here. */
export function credentialScope(request: IncomingMessage, query: URLSearchParams): CredentialScope {
  const credential =
    /Credential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1] ?? query.get('X-Amz-Credential') ?? '';
  const parts = credential.split('/');
  const [terminator, service, region] = [parts.at(-1), parts.at(-2), parts.at(-3)];
  if (parts.length < 5 || terminator !== 'aws4_request' || !service || !region) {
    throw new ServiceError(
      'MissingAuthenticationToken',
      'The request is not signed with AWS Signature Version 4.',
      403,
    );
  }
  return { accessKeyId: parts.slice(0, -4).join('/'), region, service };
}

/** A presigned URL ends at its time, here as there. */
export function guardExpiry(query: URLSearchParams, at: number): void {
  const [date, expiresS] = [query.get('X-Amz-Date'), query.get('X-Amz-Expires')];
  if (date === null || expiresS === null) return;
  const signedAt = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const endsAt = signedAt + Number(expiresS) * 1_000;
  if (!(at < endsAt)) throw new ServiceError('AccessDenied', 'Request has expired', 403);
}
