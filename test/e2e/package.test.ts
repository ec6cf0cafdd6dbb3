import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sbom } from '../../scripts/sbom.mjs';
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

const majorOf = async (search: string): Promise<number> =>
  Number((await run('node', ['-p', 'process.versions.node.split(".")[0]'], { env: { PATH: search } })).stdout);

interface Named {
  readonly name: string;
  readonly version: string;
}

/** Some machine's: how it finds its programs, and which Node that is. */
interface Machine {
  readonly path: string;
  readonly major: number;
}

async function npm(folder: string, { path: search }: Machine, ...args: readonly string[]): Promise<string> {
  const { HOME = '/root' } = process.env;
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const env = { PATH: search, HOME };
  return (await run('npm', [...args, ...quiet], { cwd: folder, env, timeout: INSTALL_MS })).stdout;
}

/** A machine whose only Node is the one that we bring: a name for it, before everything else on the path. */
async function machineWith24(folder: string): Promise<Machine> {
  const at = path.join(folder, 'bare24');
  fs.mkdirSync(at);
  fs.symlinkSync(path.join(ROOT, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node'), path.join(at, 'node'));
  const search = `${at}:${OWN_PATH}`;
  return { path: search, major: await majorOf(search) };
}

describe('the package, as somebody gets it who has another Node', () => {
  const world = new World();
  const packed = path.join(world.folder, 'packed');
  const prefix = path.join(world.folder, 'prefix');
  const light = path.join(world.folder, 'light');
  const project = path.join(world.folder, 'project');
  let tarball = '';
  let own: Machine;
  let newer: Machine;

  beforeAll(async () => {
    own = { path: OWN_PATH, major: await majorOf(OWN_PATH) };
    newer = await machineWith24(world.folder);
    fs.mkdirSync(packed);
    // It is built already; npm would build once more.
    const said = await npm(ROOT, own, 'pack', '--ignore-scripts', '--pack-destination', packed);
    tarball = path.join(packed, said.trim().split('\n').at(-1) ?? '');
    fs.mkdirSync(project);
    fs.writeFileSync(path.join(project, 'package.json'), '{ "name": "somebodys", "version": "1.0.0" }\n');
    await Promise.all([
      npm(packed, own, 'install', '--global', '--prefix', prefix, tarball),
      npm(packed, newer, 'install', '--global', '--prefix', light, tarball),
      npm(project, newer, 'install', tarball),
    ]);
    // As where npm finds none for the machine.
    const modules = path.join(light, 'lib', 'node_modules', 'cbas', 'node_modules');
    for (const name of fs.readdirSync(modules))
      if (name.startsWith('node-linux-')) fs.rmSync(path.join(modules, name), { recursive: true });
  }, INSTALL_MS);

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it('holds what is needed to run, a bill of materials, and not the tests', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball]);
    for (const file of [
      'docs/man/cbas.1',
      'docs/man/cbas-console.1',
      'bin/cbas',
      'bin/cbas-console',
      'dist/cbas.js',
      'dist/cbas-console.js',
      'dist/sbom.cdx.json',
      'dist/THIRD-PARTY-LICENSES.txt',
      'examples/pi/pi.mjs',
    ])
      expect(stdout).toContain(`package/${file}\n`);
    expect(stdout).not.toMatch(/^package\/(test|src|node_modules)\//m);
  });

  it('its bill of materials names what is bundled, and all that an installation has brought', () => {
    const home = path.join(prefix, 'lib', 'node_modules', 'cbas');
    const bill = JSON.parse(fs.readFileSync(path.join(home, 'dist', 'sbom.cdx.json'), 'utf8')) as Sbom;
    const named = (how: string) =>
      bill.components
        .filter(({ properties }) => properties[0]?.value === how)
        .map(({ name, version }) => `${name}@${version}`);
    const licences = fs.readFileSync(path.join(home, 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const one of named('bundled')) expect(licences).toContain(`${one.replace(/@(?=[^@]*$)/, ' ')} (`);
    expect(named('bundled').some((one) => one.startsWith('ink@'))).toBe(true);
    expect(installedBelow(path.join(home, 'node_modules')).filter((one) => !named('installed').includes(one))).toEqual(
      [],
    );
  });

  it('installed globally, it runs by its own Node', async () => {
    const env = { PATH: `${path.join(prefix, 'bin')}:${OWN_PATH}` };
    const said = world.start(['cbas', '--version'], env);
    expect(await said.exitCode(SOON_MS), said.output).toBe(0);
    expect(said.stdout).toBe(`${version}\n`);
    const help = world.start(['cbas-console', '--help'], env);
    expect(await help.exitCode(SOON_MS), help.output).toBe(0);
    expect(help.stdout).toMatch(/^Usage: cbas-console/);

    const node = await nodeOfLocal(world, 'packed', env);
    expect(node).toMatch(/node-linux-(x64|arm64)\/bin\/node$/);
    expect((await run(node, ['--version'])).stdout).toMatch(/^v24\./);
    expect(node.startsWith(prefix)).toBe(true);
  });

  it('without the Node that it brings, it runs by the machine’s 24', async () => {
    expect(newer.major).toBe(24);
    const env = { PATH: `${path.join(light, 'bin')}:${newer.path}` };
    const said = world.start(['cbas', '--version'], env);
    expect(await said.exitCode(SOON_MS), said.output).toBe(0);
    expect(said.stdout).toBe(`${version}\n`);
    const node = await nodeOfLocal(world, 'bare24', env);
    expect(node.startsWith(light)).toBe(false);
  });

  it('where the machine’s own is too old as well, one line says what is needed', async (story) => {
    // Which Node a machine has is not ours to choose; the smallest that npm installs it on is 20.
    if (own.major >= 22) story.skip();
    expect(own.major).toBe(20);
    const said = world.start(['cbas', '--version'], { PATH: `${path.join(light, 'bin')}:${own.path}` });
    expect(await said.exitCode(SOON_MS), said.output).toBe(1);
    expect(said.output.trim()).toMatch(/^cbas needs Node 22.3 or newer; reinstall with optional dependencies .*$/);
  });

  it('installed into a project, npx runs it, of either Node', async () => {
    expect(await npx(world, project, own)).toBe(version);
    expect(await npx(world, project, newer)).toBe(version);
  });

  it('npx runs it from a checkout', async () => {
    expect(await npx(world, ROOT, own)).toBe(version);
  });
});

/** The Node that an embedded AWS runs by, which is started and stopped for this. */
async function nodeOfLocal(world: World, name: string, env: Readonly<Record<string, string>>): Promise<string> {
  const local = world.start(['cbas', 'local', 'run', '--name', name], env);
  await endpointOf(world, name, local);
  const node = fs.readlinkSync(`/proc/${local.pid}/exe`);
  local.signal('SIGTERM');
  expect(await local.exitCode(SOON_MS)).toBe(0);
  await world.assertNothingLeft();
  return node;
}

/** "name@version" of every package below a folder of modules, theirs included. */
function installedBelow(modules: string): readonly string[] {
  if (!fs.existsSync(modules)) return [];
  const folders = fs
    .readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@')
        ? fs.readdirSync(path.join(modules, name)).map((inner) => path.join(modules, name, inner))
        : [path.join(modules, name)],
    );
  return folders.flatMap((folder) => {
    const { name, version: own } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as Named;
    return [`${name}@${own}`, ...installedBelow(path.join(folder, 'node_modules'))];
  });
}

/** Offline: what is not there must not be fetched from the registry instead, where the name is anybody's. */
async function npx(world: World, folder: string, { path: search }: Machine): Promise<string> {
  const env = world.env({ PATH: search, npm_config_offline: 'true' });
  return (await run('npx', ['cbas', '--version'], { cwd: folder, env })).stdout.trim();
}
