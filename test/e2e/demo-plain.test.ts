import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchConnections, type ConnectionWatch } from '../support/connections.ts';
import { CBAS, type Program, read, ROOT, World } from '../support/processes.ts';

/** So many that the first workers are taken back while some still wait, however quick the machine. */
const JOBS = 12;
const SAMPLES = 80_000_000;
/** On a busy machine of two cores it takes 30 s. */
const ENDS_WITHIN_MS = 110_000;

/** Must turn up nowhere: as if the machine held the keys of somebody's company. */
const CANARY = 'CANARY0DO0NOT0USE';

describe('the demo without a terminal, on a machine full of real credentials', () => {
  const world = new World();
  const trap = path.join(world.folder, 'connections-elsewhere');
  const proxied: string[] = [];
  const proxy = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      proxied.push(bytes.toString('latin1', 0, 200));
      socket.destroy();
    });
  });
  let first: Program;
  let second: Program;
  let firstOutlivedSecond = false;
  let instancesSeen = 0;
  let canaryInInstances: readonly string[] = [];
  let watch: ConnectionWatch;

  beforeAll(async () => {
    fs.writeFileSync(trap, '');
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const env = temptations(world, { trap, proxyPort: (proxy.address() as net.AddressInfo).port });
    watch = watchConnections(world);
    first = world.start([CBAS, 'demo', '--jobs', String(JOBS)], env);
    await first.untilItSays(`${JOBS} jobs of the new book pi submitted`, 30_000);

    second = world.start([CBAS, 'demo', '--jobs', '3'], env);
    await second.untilItSays('attached', 20_000);
    await first.untilItSays(/[1-6] running on [1-6] of 6 workers/, 60_000);
    const instances = world.processes().filter(({ pid }) => environ(pid).includes('CBAS_LOCAL_INSTANCE='));
    instancesSeen = instances.length;
    canaryInInstances = instances
      .filter(({ pid }) => /CANARY|PROXY|NODE_OPTIONS/i.test(environ(pid)))
      .map(({ pid, command }) => `${pid} ${command}: ${environ(pid)}`);
    second.signal('SIGTERM');
    await second.exitCode(10_000);
    firstOutlivedSecond = world.processes().some(({ pid }) => pid === first.pid);
    await first.exitCode(ENDS_WITHIN_MS);
    watch.stop();
  }, 200_000);

  afterAll(async () => {
    proxy.close();
    await world[Symbol.asyncDispose]();
  });

  it('runs every job to its end, through interruptions, and says what it did', async () => {
    expect(await first.exitCode(0), first.output).toBe(0);
    expect(first.stdout).toMatch(new RegExp(`^jobs +${JOBS} ended: ${JOBS} succeeded, 0 failed, 0 killed$`, 'm'));
    expect(Number(/^interruptions +(\d+)$/m.exec(first.stdout)?.[1])).toBeGreaterThanOrEqual(1);
    expect(first.stdout).toMatch(/takes? \d+ workers? back/);
    expect(first.stdout).toMatch(/^work lost +\d+\.\d s of \d+ s \(\d+\.\d %\)$/m);
    expect(first.stdout).toMatch(/^cost +\$0\.\d+ \(\d+ % of on-demand, \$0\.\d+\)$/m);
    expect(first.stdout).toMatch(
      new RegExp(`^book pi +3\\.14\\d+ ± \\S+ from ${JOBS * SAMPLES} samples of ${JOBS} jobs$`, 'm'),
    );
  });

  it('leaves nothing running', async () => {
    await world.assertNothingLeft();
  });

  it('a second demo says that it attached, and the first goes on when it leaves', async () => {
    expect(second.stdout).toMatch(/attached to the demo that runs already .*; it stays when you leave/);
    expect(await second.exitCode(0)).toBe(143);
    expect(firstOutlivedSecond).toBe(true);
    expect(first.stdout).not.toMatch(/pi-2/);
  });

  it('reaches nothing but this machine, and passes by every proxy', async () => {
    expect(read(trap)).toBe('');
    expect(watch.elsewhere()).toEqual([]);
    expect(watch.looks()).toBeGreaterThan(10);
    expect(proxied).toEqual([]);

    const leaving = `require('net').connect(9, '192.0.2.1').on('error', () => 0); setTimeout(() => process.exit(), 50)`;
    const leaver = world.start([process.execPath, '-e', leaving], temptations(world, { trap, proxyPort: 9 }));
    await leaver.exitCode(10_000);
    expect(read(trap), 'the trap itself').toMatch(/connects to 192\.0\.2\.1:9/);
  });

  it('takes no key of a real account into its instances, state, journals or logs', () => {
    expect(instancesSeen).toBeGreaterThan(0);
    expect(canaryInInstances).toEqual([]);
    expect(filesThatHold(world.state, CANARY)).toEqual([]);
  });
});

/** Everything from which an AWS client ever took keys or a way out, and a preload that writes down where a process connects. */
function temptations(world: World, { trap, proxyPort }: { trap: string; proxyPort: number }): Record<string, string> {
  const config = path.join(world.folder, '.aws', 'config');
  const credentials = path.join(world.folder, '.aws', 'credentials');
  fs.mkdirSync(path.dirname(config), { recursive: true });
  fs.writeFileSync(
    config,
    `[default]\nregion = eu-north-1\n[profile prod]\nrole_arn = arn:aws:iam::1:role/${CANARY}\n`,
  );
  const keys = `aws_access_key_id = AKIA${CANARY}\naws_secret_access_key = ${CANARY}secret\n`;
  fs.writeFileSync(credentials, `[default]\n${keys}[prod]\n${keys}`);
  const proxy = `http://127.0.0.1:${proxyPort}`;
  return {
    AWS_ACCESS_KEY_ID: `AKIA${CANARY}`,
    AWS_SECRET_ACCESS_KEY: `${CANARY}secret`,
    AWS_SESSION_TOKEN: `${CANARY}token`,
    AWS_PROFILE: 'prod',
    AWS_REGION: 'eu-north-1',
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
    AWS_ENDPOINT_URL: 'https://canary.example.com',
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NODE_USE_ENV_PROXY: '1',
    NODE_OPTIONS: `--import=${path.join(ROOT, 'test', 'support', 'connection-trap.mjs')}`,
    CBAS_TEST_TRAP: trap,
  };
}

function environ(pid: number): string {
  return read(`/proc/${pid}/environ`).replaceAll('\0', '\n');
}

function filesThatHold(folder: string, text: string): readonly string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => fs.readFileSync(file).includes(text));
}
