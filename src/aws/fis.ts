import { createHash, createHmac, randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { EC2Client } from '@aws-sdk/client-ec2';
import { SignatureV4 } from '@smithy/signature-v4';
import type { JsonObject } from '../engine/model/units.ts';
import type { CallPolicy } from './call-policy.ts';
import { callsOf } from './calls.ts';
import { type AwsTarget, clientOptions, endpointOf } from './client-options.ts';

/** FIS waits so long between the notice and the taking: the shortest that it takes, and what EC2 gives by itself. */
const NOTICE = 'PT2M';
const REPLY_BYTES_MAX = 1_000_000;

export interface Interruption {
  readonly instanceArn: string;
  /** What FIS acts as; it may interrupt this deployment's instances and nothing else. */
  readonly roleArn: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The Fault Injection Service, as far as a drill needs it: four operations of its REST interface, signed by the SDK's own signer. There
 * is no client for it among our dependencies, and these are no reason for one (docs/decisions).
 */
export class FaultInjection {
  readonly #target: AwsTarget;
  readonly #calls: CallPolicy;

  constructor(target: AwsTarget) {
    this.#target = target;
    this.#calls = callsOf(target);
  }

  /** Has one spot instance taken back, with its notice; the experiment's id. What was made for it is removed with `remove`. */
  async interrupt({ instanceArn, roleArn, tags }: Interruption): Promise<{ template: string; experiment: string }> {
    const made = await this.#ask('CreateExperimentTemplate', {
      method: 'POST',
      path: '/experimentTemplates',
      body: {
        clientToken: randomUUID(),
        description: 'A drill of CBAS: one worker is taken back',
        roleArn,
        stopConditions: [{ source: 'none' }],
        targets: {
          Worker: { resourceType: 'aws:ec2:spot-instance', resourceArns: [instanceArn], selectionMode: 'ALL' },
        },
        actions: {
          Interrupt: {
            actionId: 'aws:ec2:send-spot-instance-interruptions',
            parameters: { durationBeforeInterruption: NOTICE },
            targets: { SpotInstances: 'Worker' },
          },
        },
        tags,
      },
    });
    const template = textIn(made, 'experimentTemplate', 'id');
    try {
      const body = { clientToken: randomUUID(), experimentTemplateId: template, tags };
      const started = await this.#ask('StartExperiment', { method: 'POST', path: '/experiments', body });
      return { template, experiment: textIn(started, 'experiment', 'id') };
    } catch (error) {
      await this.remove(template);
      throw error;
    }
  }

  /** "running", "completed", "failed", ...; and why, where it says so. */
  async state(experiment: string): Promise<{ readonly status: string; readonly reason: string }> {
    const reply = await this.#ask('GetExperiment', { method: 'GET', path: `/experiments/${experiment}` });
    const state = (reply['experiment'] as { readonly state?: Readonly<Record<string, unknown>> } | undefined)?.state;
    return { status: String(state?.['status'] ?? ''), reason: String(state?.['reason'] ?? '') };
  }

  async remove(template: string): Promise<void> {
    await this.#ask('DeleteExperimentTemplate', { method: 'DELETE', path: `/experimentTemplates/${template}` });
  }

  #ask(
    operation: string,
    request: { readonly method: string; readonly path: string; readonly body?: JsonObject },
  ): Promise<Readonly<Record<string, unknown>>> {
    const call = { operation: `fis ${operation}`, target: request.path, kind: 'list' } as const;
    return this.#calls.run(call, ({ signal }) => this.#send(request, signal));
  }

  async #send(
    { method, path, body }: { readonly method: string; readonly path: string; readonly body?: JsonObject },
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { region } = this.#target;
    const endpoint = endpointOf(this.#target, 'FIS');
    const url = new URL(path, endpoint ?? `https://fis.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`); // prettier-ignore
    const payload = body === undefined ? '' : JSON.stringify(body);
    // The chain of credentials is the one that every other client has.
    const { credentials } = new EC2Client(clientOptions(this.#target, 'EC2')).config;
    const signer = new SignatureV4({ service: 'fis', region, credentials, sha256: Sha256 });
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port !== '' && { port: Number(url.port) }),
      path: url.pathname,
      query: {},
      headers: { host: url.host, 'content-type': 'application/json' },
      body: payload,
    });
    const { request } = url.protocol === 'http:' ? http : https;
    const reply = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request(url, { method, headers: signed.headers, signal }, resolve).on('error', reject).end(payload);
    });
    return answerOf(reply);
  }
}

async function answerOf(reply: http.IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const said = (await text(reply)).slice(0, REPLY_BYTES_MAX);
  const { statusCode = 0, headers } = reply;
  let value: Readonly<Record<string, unknown>> = {};
  try {
    value = JSON.parse(said) as typeof value;
  } catch {
    // A proxy's page: what came back is told as it is.
    value = { message: said.slice(0, 200) };
  }
  if (statusCode < 300) return value;
  const name = String(headers['x-amzn-errortype'] ?? value['__type'] ?? `Http${statusCode}`).split(/[:#]/)[0] ?? '';
  const message = String(value['message'] ?? value['Message'] ?? name);
  throw Object.assign(new Error(message), { name, $metadata: { httpStatusCode: statusCode } });
}

function textIn(value: Readonly<Record<string, unknown>>, outer: string, inner: string): string {
  const found = (value[outer] as Readonly<Record<string, unknown>> | undefined)?.[inner];
  if (typeof found === 'string') return found;
  throw new Error(`fis answered without ${outer}.${inner}`);
}

/** The hash that the signer asks for, by Node's own. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as NodeJS.ArrayBufferView);
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(data as NodeJS.ArrayBufferView);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
  reset(): void {
    throw new Error('one hash is one message');
  }
}
