import http from 'node:http';
import { text } from 'node:stream/consumers';
import { FaultError } from '../engine/model/fault.ts';
import type { InstanceMetadata } from '../engine/model/ports.ts';
import type { DurationMs } from '../engine/model/units.ts';

const DEFAULT_ENDPOINT = 'http://169.254.169.254';
const TOKEN_TTL_S = 21_600;
const TIMEOUT_MS: DurationMs = 2_000;
/** What an instance, a type, a zone and a region are called; a proxy's page of HTML is none of them. */
const NAME = /^[\w.-]{1,64}$/;

interface Reply {
  readonly status: number;
  readonly text: string;
}

/** The instance metadata service, version 2: a token first, renewed when it is refused. */
export class Imds implements InstanceMetadata {
  readonly #endpoint: string;
  // An agent of its own: the common one may go through a proxy, which does not know this address.
  readonly #agent = new http.Agent({ keepAlive: true });
  #token: string | undefined;

  constructor(endpoint: string | undefined) {
    this.#endpoint = (endpoint ?? DEFAULT_ENDPOINT).replace(/\/$/, '');
  }

  async identity(): ReturnType<InstanceMetadata['identity']> {
    const [instanceId, instanceType, zone, region, lifecycle, imageId, document, names] = await Promise.all([
      this.#required('meta-data/instance-id'),
      this.#required('meta-data/instance-type'),
      this.#required('meta-data/placement/availability-zone'),
      this.#required('meta-data/placement/region'),
      this.#required('meta-data/instance-life-cycle'),
      this.#get('meta-data/ami-id'),
      this.#get('dynamic/instance-identity/document'),
      this.#get('meta-data/tags/instance/'),
    ]);
    const keys = (names ?? '').split('\n').filter((name) => name !== '');
    const tags = await Promise.all(
      keys.map(async (key) => [key, (await this.#get(`meta-data/tags/instance/${key}`)) ?? ''] as const),
    );
    return {
      instanceId,
      instanceType,
      zone,
      region,
      imageId: imageId !== undefined && NAME.test(imageId) ? imageId : '',
      // "scheduled" and "capacity-block" are nobody's to take back either.
      lifecycle: lifecycle === 'spot' ? 'spot' : 'on-demand',
      launchedAt: launchTime(document),
      tags: Object.fromEntries(tags),
    };
  }

  /** Where it is reached; '' for an address that it has not. */
  async addresses(): Promise<{ readonly privateIp: string; readonly publicIp: string }> {
    const [privateIp = '', publicIp = ''] = await Promise.all(
      ['local-ipv4', 'public-ipv4'].map((name) => this.#get(`meta-data/${name}`)),
    );
    const known = (text: string): string => (NAME.test(text) ? text : '');
    return { privateIp: known(privateIp), publicIp: known(publicIp) };
  }

  async interruption(): ReturnType<InstanceMetadata['interruption']> {
    const text = await this.#get('meta-data/spot/instance-action');
    if (text === undefined) return undefined;
    return { takeAt: timeIn(text, 'time') };
  }

  async rebalance(): ReturnType<InstanceMetadata['rebalance']> {
    const text = await this.#get('meta-data/events/recommendations/rebalance');
    return text === undefined ? undefined : { at: timeIn(text, 'noticeTime') };
  }

  async #required(path: string): Promise<string> {
    const text = await this.#get(path);
    if (text === undefined) throw fault(path, 'not found');
    if (!NAME.test(text)) throw fault(path, `answered ${JSON.stringify(text.slice(0, 40))}, which is no name`);
    return text;
  }

  /** undefined for 404, which means "there is none". */
  async #get(path: string): Promise<string | undefined> {
    for (const last of [false, true]) {
      this.#token ??= await this.#newToken();
      const reply = await this.#ask(`latest/${path}`, { headers: { 'x-aws-ec2-metadata-token': this.#token } });
      if (reply.status === 401 && !last) {
        this.#token = undefined;
        continue;
      }
      if (reply.status === 404) return undefined;
      if (reply.status !== 200) throw fault(path, `status ${reply.status}`);
      return reply.text;
    }
    throw fault(path, 'the token was refused twice');
  }

  async #newToken(): Promise<string> {
    const reply = await this.#ask('latest/api/token', {
      method: 'PUT',
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_TTL_S) },
    });
    if (reply.status !== 200) throw fault('api/token', `status ${reply.status}`);
    return reply.text;
  }

  /** Without `fetch`, whose first call loads for longer than all these questions take together. */
  async #ask(path: string, options: Pick<http.RequestOptions, 'method' | 'headers'>): Promise<Reply> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        http
          .request(`${this.#endpoint}/${path}`, { ...options, agent: this.#agent, signal }, resolve)
          .on('error', reject)
          .end();
      });
      return { status: response.statusCode ?? 0, text: await text(response) };
    } catch (error) {
      throw fault(path, error instanceof Error ? error.message : String(error));
    }
  }
}

/** The document is for signatures and need not be there; then it was launched now, as far as anybody here knows. */
function launchTime(document: string | undefined): number {
  try {
    const { pendingTime } = JSON.parse(document ?? '') as { pendingTime?: unknown };
    const at = Date.parse(String(pendingTime));
    if (Number.isFinite(at)) return at;
  } catch {
    return Date.now();
  }
  return Date.now();
}

/** undefined: it cannot be read. */
function timeIn(text: string, name: 'time' | 'noticeTime'): number | undefined {
  try {
    const value = (JSON.parse(text) as Readonly<Record<string, unknown>> | null)?.[name];
    const at = typeof value === 'string' ? Date.parse(value) : NaN;
    return Number.isFinite(at) ? at : undefined;
  } catch {
    return undefined;
  }
}

function fault(path: string, detail: string): FaultError {
  return new FaultError({ kind: 'unavailable', operation: 'imds', target: path, detail, code: '' });
}
