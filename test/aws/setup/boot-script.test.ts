import { execFileSync, spawn } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientOptions } from '../../../src/aws/client-options.ts';
import { DynamoStore } from '../../../src/aws/dynamo.ts';
import { Ec2Compute } from '../../../src/aws/ec2-compute.ts';
import { S3Blobs } from '../../../src/aws/s3.ts';
import { initDeployment } from '../../../src/aws/setup/init.ts';
import { bootScript, USER_DATA_BYTES_MAX } from '../../../src/aws/setup/model/boot-script.ts';
import { masterUnit, workerUnit } from '../../../src/aws/setup/model/units.ts';
import { names } from '../../../src/aws/setup/names.ts';
import { archOf, packProgram, type PackedProgram } from '../../../src/aws/setup/program/pack.ts';
import { missingPins, putProgram } from '../../../src/aws/setup/program/put.ts';
import { manifestItem, manifestOf, PROGRAM_ARCHS } from '../../../src/engine/protocol/manifest-item.ts';
import { registerPending, workerRowOf } from '../../../src/engine/protocol/worker-item.ts';
import { eventually, holds } from '../../support/eventually.ts';
import { read } from '../../support/processes.ts';
import { ACCOUNT, REGION, SETTINGS, specNamed, type TestCloud, testCloud } from './fixture.ts';

const HAS_CURL = spawnable('curl', ['--help', 'all']).includes('--aws-sigv4');
const WITHIN_MS = 60_000;

function spawnable(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8' });
  } catch {
    return '';
  }
}

let package_: string;
beforeAll(() => {
  package_ = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-package-'));
  const files: Readonly<Record<string, string>> = {
    'bin/cbas': '#!/bin/sh\nls -l "${0%/*}"/../node_modules/*/bin/node\necho "started: $*"\nexec sleep 600\n',
    'bin/cbas-console': '#!/bin/sh\n',
    'dist/cbas.js': 'run();\n',
    'dist/.cache/left-out': 'compiled on another machine',
    'package.json': '{"name":"cbas"}',
    LICENSE: 'free',
  };
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(package_, file)), { recursive: true });
    fs.writeFileSync(path.join(package_, file), text);
  }
  for (const [arch, machine] of [['x86_64', 0x3e], ['arm64', 0xb7]] as const) {
    const head = Buffer.alloc(64);
    head.write('\x7fELF\x02\x01', 'latin1');
    head.writeUInt16LE(machine, 18);
    fs.writeFileSync(path.join(package_, `node-${arch}`), head);
  } // prettier-ignore
});
afterAll(() => fs.rmSync(package_, { recursive: true }));

function packed(version = '0.1.0'): PackedProgram {
  const nodes = PROGRAM_ARCHS.map((arch) => ({ arch, file: path.join(package_, `node-${arch}`) }));
  return packProgram({ root: package_, version, nodes });
}

describe('the program as it is put into the bucket', () => {
  test('is the same bytes for the same files, read by tar, without what is one machine’s', () => {
    const [first, second] = [packed(), packed()];
    expect(second.pins).toEqual(first.pins);
    const archive = first.bodies[0]?.body as Buffer;
    expect(createHash('sha256').update(archive).digest('hex')).toBe(first.pins.archive.sha256);
    const file = path.join(package_, 'archive.tar.gz');
    fs.writeFileSync(file, archive);
    const listed = execFileSync('tar', ['-tvzf', file], { encoding: 'utf8' });
    expect(listed.match(/\S+$/gm)).toEqual(['bin/cbas', 'bin/cbas-console', 'dist/cbas.js', 'package.json', 'LICENSE']);
    expect(listed).toMatch(/^-rwxr-xr-x .* bin\/cbas$/m);
    expect(packed('0.2.0').pins.archive.key).not.toBe(first.pins.archive.key);
  });

  test('a Node is known by what it was built for, and what is none is refused', () => {
    expect(archOf(path.join(package_, 'node-arm64'))).toBe('arm64');
    expect(archOf(path.join(package_, 'package.json'))).toBeUndefined();
  });

  test('is remembered in the manifest, and where instances are launched', () => {
    const { pins } = packed();
    const network = { vpcId: 'vpc-1', subnets: [{ id: 'subnet-1', zone: 'us-east-1a' }] };
    const rest = { version: '1', by: 'ana', at: 1, owner: 'ana', imageId: 'ami-1', userData: '', resources: [] };
    const item = (more: object) => ({ name: 'manifest', ...manifestItem({ ...rest, ...more }).set }) as never;
    expect(manifestOf(item({ program: pins, network }))).toMatchObject({ program: pins, network });
    expect(manifestOf(item({}))).not.toHaveProperty('program');
  });
});

describe('the user data', () => {
  const script = (role?: 'master') => bootScript(specNamed('lab'), packed().pins, role);

  test('fits into what EC2 takes, is a script that a plain shell reads, and names what it fetches with its hash', () => {
    for (const text of [script(), script('master')]) {
      expect(Buffer.byteLength(text)).toBeLessThan(USER_DATA_BYTES_MAX / 2);
      const file = path.join(package_, 'user-data');
      fs.writeFileSync(file, text);
      execFileSync('sh', ['-n', file]);
      const { archive, nodes } = packed().pins;
      for (const { key, sha256 } of [archive, ...nodes]) {
        expect(text).toContain(key);
        expect(text).toContain(sha256);
      }
      // Version 2 of the metadata service only: each question carries a token.
      expect(text.match(/\$imds\/\S+/g)).toEqual(['$imds/latest/meta-data/$1"', '$imds/latest/api/token")']);
    }
  });

  test('starts a service; a worker’s end switches its machine off, a master is started again', () => {
    expect(script()).toContain(workerUnit('lab').trimEnd());
    expect(script('master')).toContain(masterUnit('lab', REGION).trimEnd());
    expect(workerUnit('lab')).toMatch(/^SuccessAction=poweroff\nFailureAction=poweroff$/m);
    expect(workerUnit('lab')).toMatch(/^KillMode=mixed$/m);
    expect(masterUnit('lab', REGION)).toMatch(/^Restart=always$/m);
    expect(`${workerUnit('lab')}${masterUnit('lab', REGION)}`.match(/^User=cbas$/gm)).toHaveLength(2);
  });

  test.runIf(HAS_CURL)('asks S3 as AWS wants it: the signature is the one that its SDK computes', async () => {
    const seen: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
    const keys = { AccessKeyId: 'ASIAEXAMPLE', SecretAccessKey: 'wJalr/XUt+nFEMI', Token: 'IQoJ+b3/Jp==' };
    const server = http.createServer(({ url = '', headers }, reply) => {
      const told: Readonly<Record<string, string>> = {
        '/latest/api/token': 'TOKEN',
        '/latest/meta-data/iam/security-credentials/': 'role',
        '/latest/meta-data/iam/security-credentials/role': JSON.stringify(keys, null, 2),
      };
      if (told[url] === undefined) seen.push({ url, headers });
      reply.writeHead(told[url] === undefined ? 404 : 200).end(told[url] ?? '');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const file = path.join(package_, 'user-data');
    fs.writeFileSync(file, script('master'));
    const child = spawn('sh', [file], {
      env: {
        PATH: '/usr/bin:/bin',
        HOME: package_,
        CBAS_LOCAL_INSTANCE: 'i-1',
        AWS_ENDPOINT_URL: endpoint,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    const [code] = await once(child, 'close');
    server.close();
    expect({ code, said }).toMatchObject({ code: 1, said: expect.stringMatching(/cbas boot: could not start: bundle\S+ could not be fetched from/) }); // prettier-ignore
    const [{ url, headers } = { url: '', headers: {} }] = seen;
    expect(url).toBe(`/${names.bucket('lab', ACCOUNT, REGION)}/${packed().pins.archive.key}`);
    const { authorization = '' } = headers;
    const signed = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
    expect(signed).toEqual(
      expect.arrayContaining(['host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token']),
    );
    const signature = await signatureOf({ url, headers, signed, endpoint, keys });
    expect(authorization).toContain(`Signature=${signature}`);
    expect(authorization).toContain(`/${REGION}/s3/aws4_request`);
  });
});

class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;
  constructor(secret?: Uint8Array | string) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
  reset(): void {
    throw new Error('nobody resets it');
  }
}

interface Asked {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly signed: readonly string[];
  readonly endpoint: string;
  readonly keys: { readonly AccessKeyId: string; readonly SecretAccessKey: string; readonly Token: string };
}

async function signatureOf({ url, headers, signed, endpoint, keys }: Asked): Promise<string> {
  const [, day, time] = /^(\d{8})T(\d{6})Z$/.exec(String(headers['x-amz-date'])) ?? [];
  const at = `${day?.replace(/^(....)(..)/, '$1-$2-')}T${time?.replace(/^(..)(..)/, '$1:$2:')}Z`;
  const signer = new SignatureV4({
    service: 's3',
    region: REGION,
    credentials: {
      accessKeyId: keys.AccessKeyId,
      secretAccessKey: keys.SecretAccessKey,
      sessionToken: keys.Token,
    },
    sha256: Sha256 as never,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const { hostname, port } = new URL(endpoint);
  const request = {
    method: 'GET',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: url,
    query: {},
    headers: Object.fromEntries(signed.map((name) => [name, String(headers[name])])),
  };
  const answer: unknown = await signer.sign(request as never, { signingDate: new Date(at) });
  const { authorization = '' } = (answer as { readonly headers: Readonly<Record<string, string>> }).headers;
  return /Signature=(\w+)/.exec(authorization)?.[1] ?? '';
}

describe.runIf(HAS_CURL)('an instance of the embedded AWS that runs it', () => {
  let under: TestCloud;
  beforeAll(async () => {
    under = await testCloud();
  });
  afterAll(() => under.close());

  async function launched(name: string, damage: (blobs: S3Blobs) => Promise<void>) {
    const program = packed();
    const spec = { ...specNamed(name), userData: bootScript(specNamed(name), program.pins) };
    const target = under.target();
    const put: string[] = [];
    await initDeployment(target, {
      spec,
      settings: SETTINGS,
      version: 'test',
      program: { pins: program.pins, packed: program },
      onProgram: (_, outcome) => put.push(outcome),
    });
    expect(put).toEqual(['created', 'created', 'created']);
    const blobs = new S3Blobs(target, names.bucket(name, ACCOUNT, REGION));
    await damage(blobs);
    const { Instances = [] } = await new EC2Client(clientOptions(target)).send(
      new RunInstancesCommand({
        LaunchTemplate: { LaunchTemplateName: names.template(name) },
        InstanceType: 'c5.large',
        MinCount: 1,
        MaxCount: 1,
      }),
    );
    const id = Instances[0]?.InstanceId ?? '';
    const store = new DynamoStore(target, names.prefix(name));
    const at = Date.now();
    const born = { id, pool: 'c5.large/us-east-1a', slots: 1, bidUsdPerHour: 0, intent: '', shards: 4 };
    await store.write(registerPending({ ...born, requestedAt: at, launchedAt: at, at }, 1));
    const log = path.join(under.folder, 'ec2', 'instances', id, 'console.log');
    return { id, store, blobs, program, target, log: () => read(log) };
  }

  test('fetches, checks, and becomes the worker; a second init puts nothing', async () => {
    const { log, blobs, program } = await launched('boots', () => Promise.resolve());
    await eventually('it has started', () => holds(/started/.test(log())), { withinMs: WITHIN_MS, instead: log });
    expect(log()).toMatch(/^started: worker --deployment boots$/m);
    expect(log()).toMatch(/node-linux-(?:x64|arm64)\/bin\/node$/m);
    expect((await putProgram(blobs, program)).map(({ outcome }) => outcome)).toEqual(['exists', 'exists', 'exists']);
    expect(await missingPins(blobs, [program.pins.archive, ...program.pins.nodes])).toEqual([]);
  });

  test('a bundle that is not what was put there ends it, and its row says why', async () => {
    const { key } = packed().pins.archive;
    const { id, store, target, log, blobs, program } = await launched('damaged', async (there) => {
      await there.putText(key, 'something else');
    });
    const row = await eventually(
      'its row is told',
      async () => {
        const found = workerRowOf((await store.get('workers', id)) ?? {});
        return found?.state === 'TERMINATED' ? found : undefined;
      },
      { withinMs: WITHIN_MS, instead: log },
    );
    const why = `could not start: ${key} is not what was put there, its sha256 is ${createHash('sha256').update('something else').digest('hex')} and not ${program.pins.archive.sha256}`;
    expect(row.detail).toBe(why);
    expect(row.phases.endedAt).toBeGreaterThanOrEqual(row.phases.pendingAt - 1_000);
    expect(row.rev).toBe(2);
    expect(log()).toContain(`cbas boot: ${why}`);
    await eventually(
      'EC2 says that it has ended',
      async () => {
        const rows = await new Ec2Compute(target, 'damaged').instances();
        return holds(rows.every(({ state }) => state === 'terminated'));
      },
      { withinMs: WITHIN_MS },
    );
    expect(await missingPins(blobs, [program.pins.archive])).toEqual([key]);
    expect((await putProgram(blobs, program)).map(({ outcome }) => outcome)).toEqual(['renewed', 'exists', 'exists']);
  });
});
