import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Cloud, counterJob } from '../support/cloud.ts';
import { CBAS, CBAS_CONSOLE, World } from '../support/processes.ts';
import { PtyProgram } from '../support/pty.ts';

const SOON_MS = 20_000;
const ESCAPE = '\u001b';

describe.concurrent('the command line says what is wrong', () => {
  it('state of another version is named, left alone, and how to remove it is told', async () => {
    await using world = new World();
    fs.mkdirSync(world.local('demo'), { recursive: true });
    fs.writeFileSync(path.join(world.local('demo'), 'version'), '99\n');
    const demo = world.cbas('demo');
    expect(await demo.exitCode(SOON_MS)).not.toBe(0);
    expect(demo.stderr).toMatch(/holds state of version 99, and this CBAS writes version \d+/);
    expect(demo.stderr).toContain('cbas local rm demo');
    expect(fs.readdirSync(world.local('demo')).sort()).toEqual(['log', 'version']);
    expect(await world.cbas('local', 'rm', 'demo').exitCode(SOON_MS)).toBe(0);
    expect(fs.existsSync(world.local('demo'))).toBe(false);
    await world.assertNothingLeft();
  });

  it('the same on a terminal: it is given back, and the reason stands there', async () => {
    await using world = new World();
    fs.mkdirSync(world.local('demo'), { recursive: true });
    fs.writeFileSync(path.join(world.local('demo'), 'version'), '99\n');
    const demo = new PtyProgram(world, [CBAS, 'demo']);
    expect(await demo.exitCode(SOON_MS)).not.toBe(0);
    await demo.isRestored();
    expect(demo.screen().replaceAll('\n', '')).toContain('cbas local rm demo');
  });

  it('a port that is taken: one line, exit 1', async () => {
    await using world = new World();
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as net.AddressInfo;
    const local = world.cbas('local', 'run', '--name', 'lab', '--port', String(port));
    expect(await local.exitCode(SOON_MS)).toBe(1);
    other.close();
    expect(local.output.trim().split('\n')).toHaveLength(1);
    expect(local.stderr).toContain(`port ${port} on 127.0.0.1 is taken by another program`);
    await world.assertNothingLeft();
  });

  it('without any deployment the two next commands are told, exit 3', async () => {
    await using world = new World();
    const console = world.start([CBAS_CONSOLE]);
    expect(await console.exitCode(SOON_MS)).toBe(3);
    expect(console.stderr).toMatch(/npm start/);
    expect(console.stderr).toMatch(/cbas local/);

    const onTerminal = new PtyProgram(world, [CBAS_CONSOLE]);
    expect(await onTerminal.exitCode(SOON_MS)).toBe(3);
    await onTerminal.isRestored();
    expect(onTerminal.screen()).toMatch(/npm start/);
  });

  it('a terminal that cannot draw, and a pipe: the plain overview, exit 0', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'plain', workers: 1 });
    await cloud.submit(counterJob('waits', 3));
    const dumb = new PtyProgram(world, [CBAS_CONSOLE], { env: { TERM: 'dumb' } });
    expect(await dumb.exitCode(SOON_MS)).toBe(0);
    const piped = world.start([CBAS_CONSOLE]);
    expect(await piped.exitCode(SOON_MS)).toBe(0);
    for (const text of [dumb.raw, piped.stdout]) {
      expect(text).toMatch(/LOCAL plain/);
      expect(text).toMatch(/no master/);
      expect(text).toMatch(/Jobs +0 running +1 runnable/);
      expect(text).not.toContain(ESCAPE);
    }
    expect(piped.stderr).toBe('');

    const told = world.start([CBAS_CONSOLE, '--jsno']);
    expect(await told.exitCode(SOON_MS)).toBe(2);
    await cloud.stop();
    await world.assertNothingLeft();
  });

  it('a console whose terminal goes away, or that is told to go, leaves with the code of the signal', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'signals', workers: 1 });
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
      ['SIGHUP', 129],
    ] as const) {
      const console = new PtyProgram(world, [CBAS_CONSOLE]);
      await console.shows('LOCAL signals', SOON_MS);
      console.signal(signal);
      expect(await console.exitCode(SOON_MS), signal).toBe(code);
      await console.isRestored();
    }
    const console = new PtyProgram(world, [CBAS_CONSOLE]);
    await console.shows('LOCAL signals', SOON_MS);
    console.close();
    await cloud.stop();
    await world.assertNothingLeft();
  });
});
