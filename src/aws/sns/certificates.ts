import { X509Certificate } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import { brokenChain, certificatesIn, nameOf } from './certificate-chain.ts';

const BYTES_MAX = 65_536;
const TIMEOUT_MS = 5_000;
const KEPT_MS = 24 * 3_600_000;
/** A certificate that could not be had is not asked for again so soon, whoever names it. */
const REFUSED_KEPT_MS = 60_000;
/** SNS has one or two at a time in a region; what is more is somebody's play. */
const CACHE_MAX = 32;
/** Whoever invents names of certificates makes us ask AWS for no more than these. */
const FETCHES_PER_MINUTE_MAX = 10;

/** Bytes at an address; rejects where there are none, too many, or too late. Follows nothing. */
export type FetchBytes = (url: string) => Promise<Buffer>;

export interface CertificateOptions {
  readonly fetch?: FetchBytes;
  /** PEM; those that Node brings, unless said otherwise. */
  readonly roots?: readonly string[];
  readonly now: () => number;
}

export type Trusted =
  { readonly ok: true; readonly certificate: X509Certificate } | { readonly ok: false; readonly why: string };

/** Where a certificate of Amazon's authority says that its issuer's lies. Its signature proves it, so plain HTTP is no harm. */
const ISSUER = /^CA Issuers - URI:(http:\/\/crt\.[a-z0-9]+\.amazontrust\.com\/[\w-]+\.cer)$/m;

/** Signing certificates by their address, which the caller has checked: fetched, followed to a root, and kept for a day at most. */
export class SigningCertificates {
  readonly #fetch: FetchBytes;
  readonly #roots: readonly X509Certificate[];
  readonly #now: () => number;
  readonly #known = new Map<string, { readonly until: number; readonly trusted: Promise<Trusted> }>();
  #fetchedAt: number[] = [];

  constructor({ fetch = fetchBytes, roots = tls.rootCertificates, now }: CertificateOptions) {
    this.#fetch = fetch;
    this.#roots = roots.map((pem) => new X509Certificate(pem));
    this.#now = now;
  }

  async get(url: string, names: readonly string[]): Promise<Trusted> {
    const known = this.#known.get(url);
    if (known !== undefined && known.until > this.#now()) return known.trusted;
    this.#fetchedAt = this.#fetchedAt.filter((at) => at > this.#now() - 60_000);
    if (this.#fetchedAt.length >= FETCHES_PER_MINUTE_MAX)
      return { ok: false, why: `more than ${FETCHES_PER_MINUTE_MAX} certificates were named in a minute` };
    this.#fetchedAt.push(this.#now());
    const trusted = this.#look(url, names);
    this.#keep(url, trusted, REFUSED_KEPT_MS);
    if ((await trusted).ok) this.#keep(url, trusted, KEPT_MS);
    return trusted;
  }

  #keep(url: string, trusted: Promise<Trusted>, forMs: number): void {
    this.#known.delete(url);
    this.#known.set(url, { until: this.#now() + forMs, trusted });
    const [oldest] = this.#known.keys();
    if (this.#known.size > CACHE_MAX && oldest !== undefined) this.#known.delete(oldest);
  }

  async #look(url: string, names: readonly string[]): Promise<Trusted> {
    let bytes: Buffer;
    try {
      bytes = await this.#fetch(url);
    } catch (error) {
      return { ok: false, why: `it cannot be had: ${error instanceof Error ? error.message : String(error)}` };
    }
    const [leaf, ...others] = certificatesIn(bytes);
    if (leaf === undefined) return { ok: false, why: 'what lies there is no certificate' };
    if (leaf.ca || !names.includes(nameOf(leaf))) return { ok: false, why: `it is ${nameOf(leaf) || 'nobody'}'s` };
    const broken = await brokenChain(leaf, {
      roots: this.#roots,
      others,
      at: this.#now(),
      issuerOf: (certificate) => this.#issuerOf(certificate),
    });
    return broken === undefined ? { ok: true, certificate: leaf } : { ok: false, why: broken };
  }

  async #issuerOf({ infoAccess }: X509Certificate): Promise<X509Certificate | undefined> {
    const [, url] = ISSUER.exec(infoAccess ?? '') ?? [];
    if (url === undefined) return undefined;
    // What cannot be had is not there: the chain then ends without a root, and says so.
    const bytes = await this.#fetch(url).catch(() => undefined);
    return bytes === undefined ? undefined : certificatesIn(bytes)[0];
  }
}

/** Within a time, up to a size, by an agent of its own, and never from where an answer points to. */
function fetchBytes(url: string): Promise<Buffer> {
  const { get } = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    get(url, { agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) }, (reply) => {
      if (reply.statusCode !== 200) {
        reply.resume();
        return reject(new Error(`status ${reply.statusCode}`));
      }
      const parts: Buffer[] = [];
      let sizeBytes = 0;
      reply.on('data', (part: Buffer) => {
        sizeBytes += part.length;
        if (sizeBytes > BYTES_MAX) reply.destroy(new Error(`more than ${BYTES_MAX} bytes`));
        parts.push(part);
      });
      reply.on('error', reject);
      reply.on('end', () => resolve(Buffer.concat(parts)));
    }).on('error', reject);
  });
}
