import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../src/aws/local/cloud.ts';
import { IMAGE_ID } from '../../src/aws/local/ec2/image-check.ts';
import { eventually, holds } from '../support/eventually.ts';
import { CBAS, CBAS_CONSOLE, type Program, ROOT, World } from '../support/processes.ts';
import { PtyProgram } from '../support/pty.ts';
import { type SpitefulProxy, startSpitefulProxy } from '../support/spiteful-proxy.ts';

const WITHIN_MS = 100_000;
const STEP_MS = 60_000;
const WHERE = ['--deployment', 'lab', '--region', 'us-east-1'] as const;
const SERVICES = ['DYNAMODB', 'EC2', 'EVENTBRIDGE', 'IAM', 'PRICING', 'S3', 'SNS', 'SQS', 'STS'] as const;

/** In every secret, key id and token: it must turn up nowhere. */
const CANARY = 'CANARY0DO0NOT0USE';
const KEYS = { id: `ASIA${CANARY}`, secret: `${CANARY}/secret+key`, token: `${CANARY}${'Token+/'.repeat(40)}==` };

describe('keys that must turn up nowhere, behind a proxy that quotes every request', () => {
  const world = new World();
  const aws = path.join(world.folder, '.aws');
  const programs: Program[] = [];
  let cloud: LocalCloud;
  let proxy: SpitefulProxy;
  let console_: PtyProgram;
  const seen: string[] = [];

  /** Every service has its address for itself; the general one leads nowhere, and would be noticed. */
  const endpoints = (): Record<string, string> => ({
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    ...Object.fromEntries(SERVICES.map((service) => [`AWS_ENDPOINT_URL_${service}`, proxy.endpoint])),
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  const byEnvironment = (): Record<string, string> => ({
    ...endpoints(),
    AWS_CA_BUNDLE: proxy.authority,
    AWS_ACCESS_KEY_ID: KEYS.id,
    AWS_SECRET_ACCESS_KEY: KEYS.secret,
    AWS_SESSION_TOKEN: KEYS.token,
  });
  const byProfile = (): Record<string, string> => ({
    ...endpoints(),
    NODE_EXTRA_CA_CERTS: proxy.authority,
    AWS_PROFILE: 'canary',
  });
  const run = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Program => {
    const program = world.start([CBAS, ...args], env);
    programs.push(program);
    return program;
  };
  const does = async (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Program> => {
    const program = run(env, ...args);
    await program.exitCode(WITHIN_MS);
    return program;
  };

  beforeAll(async () => {
    fs.mkdirSync(aws);
    const profile = `[canary]\naws_access_key_id = ${KEYS.id}\naws_secret_access_key = ${KEYS.secret}\naws_session_token = ${KEYS.token}\n`;
    fs.writeFileSync(path.join(aws, 'credentials'), profile);
    const folder = path.join(world.folder, 'embedded');
    fs.mkdirSync(folder);
    const binDirs = [path.join(ROOT, 'bin'), path.dirname(process.execPath)];
    cloud = await startLocalCloud({
      folder,
      region: 'us-east-1',
      accountId: '000000000000',
      port: 0,
      speed: 1,
      seed: 7,
      binDirs,
      onFatal: (error) => {
        throw error;
      },
    });
    proxy = await startSpitefulProxy(cloud.endpoint, aws);
  });

  afterAll(async () => {
    await proxy.close();
    await cloud.stop({ endInstances: true });
    await world[Symbol.asyncDispose]();
  });

  it('a deployment is made and works, each service at its own https address with a private authority', async () => {
    const pool = 'c5.large/us-east-1a:0.4';
    const init = await does(byEnvironment(), 'init', ...WHERE, '--image', IMAGE_ID, '--program', 'image', '--pool', pool, '--workers', '1', '--yes'); // prettier-ignore
    expect(await init.exitCode(0), init.output).toBe(0);
    const master = run(byEnvironment(), 'master', ...WHERE);
    await master.untilItSays('leads with epoch 1', WITHIN_MS);
    const submitted = await does(byProfile(), 'submit', ...WHERE, '--wait', '--name', 'one', '--', 'env');
    expect(await submitted.exitCode(0), submitted.output).toBe(0);
    const log = await does(byProfile(), 'logs', ...WHERE, 'one');
    expect(log.stdout).toMatch(/^CBAS_JOB_ID=/m);
    expect(log.stdout.match(/^AWS_.*$/gm)).toEqual(['AWS_EC2_METADATA_DISABLED=true']);
    console_ = new PtyProgram(world, [CBAS_CONSOLE, ...WHERE], { env: byProfile() });
    await console_.shows(/leader m-/, WITHIN_MS);
  });

  it('an authority that nobody vouches for is refused', async () => {
    const { AWS_CA_BUNDLE: _, ...env } = byEnvironment();
    const refused = await does(env, 'jobs', ...WHERE);
    expect(await refused.exitCode(0)).not.toBe(0);
    expect(refused.stderr).toMatch(/self-signed certificate/);
  });

  it('what goes wrong is told without the request that it is quoted in', async () => {
    proxy.mood = 'spite';
    for (const args of [['jobs'], ['init', '--plan'], ['doctor'], ['submit', '--', 'true'], ['destroy', '--yes'], ['where', '--json'], ['prices'], ['logs', 'one']]) {
      const failed = await does(args.length % 2 === 0 ? byEnvironment() : byProfile(), ...[args[0] ?? '', ...WHERE, ...args.slice(1)]); // prettier-ignore
      expect(await failed.exitCode(0), args.join(' ')).not.toBe(0);
    } // prettier-ignore
    expect(programs.map(({ output }) => output).join('\n')).toContain('(left out)');
    const { refused } = proxy;
    await eventually('the console asks in vain', () => holds(proxy.refused > refused + 20), { withinMs: WITHIN_MS });
    await console_.shows(/is not allowed/, STEP_MS);
    for (const screen of '123456789') {
      console_.type(screen);
      seen.push(console_.screen());
    }
    console_.type('2');
    for (const file of ['export.csv', 'report.md']) {
      console_.type(`:${file.slice(0, file.indexOf('.'))} ${file}\r`);
      const isThere = (): true | undefined => holds(fs.existsSync(path.join(world.folder, file)));
      await eventually(`${file} is there`, isThere, { withinMs: STEP_MS, instead: () => console_.screen() });
    }
    proxy.mood = 'pass';
  }, 400_000);

  it('a session that ends does not end the screen, and the next one goes on where it stood', async () => {
    proxy.mood = 'pass';
    console_.type('1');
    await console_.shows(/leader m-/, WITHIN_MS);
    proxy.mood = 'expired';
    const screen = await console_.shows(/expired/, WITHIN_MS);
    seen.push(screen);
    proxy.mood = 'pass';
    const next = await does(byProfile(), 'submit', ...WHERE, '--wait', '--name', 'two', '--', 'true');
    expect(await next.exitCode(0), next.output).toBe(0);
    await console_.shows(/ 2 done/, 2 * WITHIN_MS);
    await console_.shows(/leader m-/, WITHIN_MS);
    console_.type('q');
    expect(await console_.exitCode(WITHIN_MS)).toBe(0);
    await console_.isRestored();
  }, 600_000);

  it('state, journals, recordings, logs, exports, frames and output hold no key', async () => {
    for (const program of programs) program.signal('SIGTERM');
    for (const program of programs) await program.exitCode(WITHIN_MS);
    const files = fs
      .readdirSync(world.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.parentPath !== aws)
      .map((entry) => path.join(entry.parentPath, entry.name));
    expect(files.filter((file) => fs.readFileSync(file).includes(CANARY))).toEqual([]);
    expect(files.some((file) => file.includes('journal'))).toBe(true);
    expect(files.map((file) => path.basename(file))).toEqual(expect.arrayContaining(['export.csv', 'report.md']));
    for (const { output } of programs) expect(output).not.toContain(CANARY);
    expect(console_.raw).not.toContain(CANARY);
    expect(seen.join('\n')).not.toContain(CANARY);
  });
});
