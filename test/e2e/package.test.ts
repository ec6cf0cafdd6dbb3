import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpointOf } from '../support/cloud.ts';
import { ROOT, World } from '../support/processes.ts';

const run = promisify(execFile);

/** Installing asks the registry. */
const INSTALL_MS = 120_000;
const SOON_MS = 20_000;
const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };

/** The machine's own path: without what npm and the test runner put before it, so that its own Node comes first. */
const OWN_PATH = (process.env['PATH'] ?? '')
  .split(':')
  .filter((folder) => !/node_modules|node-gyp-bin|_npx/.test(folder))
  .join(':');

async function npm(folder: string, ...args: readonly string[]): Promise<string> {
  const { HOME = '/root' } = process.env;
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const env = { PATH: OWN_PATH, HOME };
  return (await run('npm', [...args, ...quiet], { cwd: folder, env, timeout: INSTALL_MS })).stdout;
}

describe('the package, as somebody gets it who has another Node', () => {
  const world = new World();
  const packed = path.join(world.folder, 'packed');
  const prefix = path.join(world.folder, 'prefix');
  const project = path.join(world.folder, 'project');
  let tarball = '';

  beforeAll(async () => {
    fs.mkdirSync(packed);
    // It is built already; npm would build once more.
    const said = await npm(ROOT, 'pack', '--ignore-scripts', '--pack-destination', packed);
    tarball = path.join(packed, said.trim().split('\n').at(-1) ?? '');
    fs.mkdirSync(project);
    fs.writeFileSync(path.join(project, 'package.json'), '{ "name": "somebodys", "version": "1.0.0" }\n');
    await Promise.all([
      npm(packed, 'install', '--global', '--prefix', prefix, tarball),
      npm(project, 'install', tarball),
    ]);
  }, INSTALL_MS);

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it('holds what is needed to run, and not the tests', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball]);
    for (const file of [
      'docs/man/cbas.1',
      'docs/man/cbas-console.1',
      'bin/cbas',
      'bin/cbas-console',
      'dist/cbas.js',
      'dist/cbas-console.js',
      'examples/pi/pi.mjs',
    ])
      expect(stdout).toContain(`package/${file}\n`);
    expect(stdout).not.toMatch(/^package\/(test|src|node_modules)\//m);
  });

  it('installed globally, it runs by its own Node', async () => {
    const env = { PATH: `${path.join(prefix, 'bin')}:${OWN_PATH}` };
    const said = world.start(['cbas', '--version'], env);
    expect(await said.exitCode(SOON_MS), said.output).toBe(0);
    expect(said.stdout).toBe(`${version}\n`);
    const help = world.start(['cbas-console', '--help'], env);
    expect(await help.exitCode(SOON_MS), help.output).toBe(0);
    expect(help.stdout).toMatch(/^Usage: cbas-console/);

    const local = world.start(['cbas', 'local', 'run', '--name', 'packed'], env);
    await endpointOf(world, 'packed', local);
    const node = fs.readlinkSync(`/proc/${local.pid}/exe`);
    expect(node).toMatch(/node-linux-(x64|arm64)\/bin\/node$/);
    expect((await run(node, ['--version'])).stdout).toMatch(/^v24\./);
    expect(node.startsWith(prefix)).toBe(true);
    local.signal('SIGTERM');
    expect(await local.exitCode(SOON_MS)).toBe(0);
    await world.assertNothingLeft();
  });

  it('installed into a project, npx runs it', async () => {
    expect(await npx(world, project)).toBe(version);
  });

  it('npx runs it from a checkout', async () => {
    expect(await npx(world, ROOT)).toBe(version);
  });
});

/** Offline: what is not there must not be fetched from the registry instead, where the name is anybody's. */
async function npx(world: World, folder: string): Promise<string> {
  const env = world.env({ PATH: OWN_PATH, npm_config_offline: 'true' });
  return (await run('npx', ['cbas', '--version'], { cwd: folder, env })).stdout.trim();
}
