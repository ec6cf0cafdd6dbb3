import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/cli/clock.ts';
import { dmtcpDriver } from '../../../../src/engine/worker/drivers/dmtcp-driver.ts';
import { whyNoPlace } from '../../../../src/engine/worker/drivers/sandbox.ts';
import { childrenOf, commandNameOf, sendTo } from '../../../../src/engine/worker/drivers/proc.ts';
import { processSupervisor } from '../../../../src/engine/worker/supervisor.ts';
import { installStandIn, type StandInSettings } from '../../../support/dmtcp/install.ts';
import { ASKED, counted, DriverBench, endsExactly, killed } from '../../../support/driver-bench.ts';

/**
 * The DMTCP driver against a stand-in that behaves as DMTCP was measured to: this proves that the driver falls into none of its
 * traps. That DMTCP itself saves a program is proven by the contract, where it is installed.
 */

const noPlace = await whyNoPlace(['unshare', '--mount', '--propagation', 'private']);
let bin: string;
let bench: DriverBench | undefined;
beforeEach(() => {
  bin = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-dmtcp-'));
});
afterEach(async () => {
  await bench?.end();
  bench = undefined;
  fs.rmSync(bin, { recursive: true, force: true });
});

/** A firewall that writes down what it is told. */
function installFirewall(): void {
  fs.writeFileSync(path.join(bin, 'nft'), `#!/bin/sh\necho "$*" >> '${bin}/nft.log'\n`, { mode: 0o755 });
}
const firewall = (): string => (fs.existsSync(`${bin}/nft.log`) ? fs.readFileSync(`${bin}/nft.log`, 'utf8') : '');

function standIn(settings: StandInSettings = {}): DriverBench {
  installStandIn(bin, settings);
  installFirewall();
  const environment = { PATH: `${bin}:${process.env['PATH']}`, CBAS_DMTCP_BIN: bin };
  const driver = dmtcpDriver({ clock: systemClock, supervisor: processSupervisor, environment });
  return (bench = new DriverBench(driver));
}
const program = { name: 'count', command: () => [process.execPath, 'count'] };
const given = { run: { command: program.command() } };

describe.skipIf(noPlace !== undefined)(`dmtcp, against a stand-in${noPlace === undefined ? '' : `: ${noPlace}`}`, () => {
  test.each([
    ['whose blocking command does not block', { blocks: false }],
    ['whose blocking command blocks', { blocks: true }],
    ['of a tree of three processes', { peers: 3 }],
  ])('%s: goes on where it was, exact', async (_, settings) => {
    await standIn(settings).survives(program, { driver: 'dmtcp' });
  });

  test('the coordinator’s port is closed to the network while the job runs, and opened after', async () => {
    const own = standIn();
    const job = own.attempt(1, given);
    const process = await own.begin(job);
    await counted(job, 3);
    const port = fs.readFileSync(path.join(job.folders.agent, 'coord.port'), 'utf8');
    expect(firewall()).toContain('input iifname != "lo" tcp dport @ports drop');
    expect(firewall()).toContain(`add element inet cbas ports { ${port} }`);
    await killed(process);
    expect(firewall()).toContain(`delete element inet cbas ports { ${port} }`);
  });

  test('is killed by a signal, never by DMTCP’s own command, under which it would look as if it had succeeded', async () => {
    const own = standIn();
    const job = own.attempt(1, given);
    const process = await own.begin(job);
    await counted(job, 3);
    await killed(process);
  });

  test('ended by the loss of its coordinator, it did not fail by itself', async () => {
    const own = standIn();
    const job = own.attempt(1, given);
    const process = await own.begin(job);
    await counted(job, 3);
    const port = fs.readFileSync(path.join(job.folders.agent, 'coord.port'), 'utf8');
    for (const pid of coordinatorsOf(port)) sendTo(pid, 'SIGKILL');
    expect(await process.ended).toMatchObject({ exitCode: 99, lost: 'its DMTCP coordinator was gone' });
  });

  test('ended with the same code by its own will, it did', async () => {
    const own = standIn();
    const job = own.attempt(1, given);
    const process = await own.begin({ ...job, env: { ...job.env, COUNT_EXIT_CODE: '99' } });
    await counted(job, 3);
    fs.writeFileSync(path.join(job.folders.work, 'stop'), '');
    expect(await process.ended).toEqual({ exitCode: 99, signal: undefined, launchFailed: undefined });
  });

  test('a disk that fills up while it writes its image ends it: that is not its failure', async () => {
    const own = standIn({ trap: 'no-space' });
    const job = own.attempt(1, given);
    const process = await own.begin(job);
    await counted(job, 3);
    expect(await process.checkpoint(ASKED)).toBe('the program ended meanwhile');
    expect(await process.ended).toMatchObject({ exitCode: 99, lost: 'DMTCP ended it while it wrote its image' });
  });

  test.each([
    ['that has not loaded DMTCP', { trap: 'static' }, 300, /images were not written in time/],
    ['an image of which is missing', { trap: 'missing-image' }, 20_000, /names 1 images for 1 processes, and 0 are there/],
  ] as const)('of a program %s no state is taken, and it runs on', async (...[, settings, withinMs, why]) => {
    const own = standIn(settings);
    const job = own.attempt(1, given);
    const process = await own.begin(job);
    await counted(job, 3);
    expect(await process.checkpoint({ ...ASKED, withinMs })).toMatch(why);
    await endsExactly(process, job);
  });

  test('a restart that fails is refused, with the tool’s own words', async () => {
    const own = standIn();
    const job = own.attempt(1, given);
    const process = await own.begin(job);
    await counted(job, 3);
    const from = await own.take(process);
    await killed(process);
    installStandIn(bin, { trap: 'restart-fails' });
    const refused = await own.tryRestore(own.attempt(2, given), from);
    expect(refused).toMatchObject({ refused: 'bad', why: expect.stringMatching(/^dmtcp_restart ended with 99: .*peer discovery/) });
  });

  test('its last checkpoint ends it at once: nothing that it does after its image is kept', async () => {
    const own = standIn();
    const job = own.attempt(1, given);
    const process = await own.begin(job);
    await counted(job, 3);
    const state = await process.checkpoint({ ...ASKED, thenStop: true });
    expect(state).toMatchObject({ stopMs: expect.any(Number), about: { peers: 1, toolVersion: '4.2.0' } });
    expect(await process.ended).toMatchObject({ signal: 'SIGKILL' });
  });

  test('a second checkpoint is told from the first, whose link stays', async () => {
    const own = standIn();
    const job = own.attempt(1, given);
    const process = await own.begin(job);
    await counted(job, 3);
    await own.take(process);
    await counted(job, 20);
    const from = await own.take(process);
    await killed(process);
    const second = own.attempt(2, given);
    const back = await own.restore(second, from);
    await counted(second, 30);
    await endsExactly(back, second);
  });
}); // prettier-ignore

/** Children of this process that listen on a port. */
function coordinatorsOf(port: string): readonly number[] {
  return childrenOf(process.pid).filter((pid) => commandNameOf(pid) !== '' && isCoordinator(pid, port));
}

function isCoordinator(pid: number, port: string): boolean {
  const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const file = words[words.indexOf('--port-file') + 1] ?? '';
  return words.includes('coordinator') && fs.existsSync(file) && fs.readFileSync(file, 'utf8') === port;
}

describe('the probe', () => {
  test('says what is missing', async () => {
    const driver = dmtcpDriver({ clock: systemClock, supervisor: processSupervisor, environment: { PATH: bin } });
    expect(await driver.probe()).toEqual({ ok: false, why: 'no dmtcp_launch on the path' });
  });

  test.skipIf(noPlace !== undefined)('refuses where the coordinator’s port would stay open to the network', async () => {
    installStandIn(bin);
    const driver = dmtcpDriver({
      clock: systemClock,
      supervisor: processSupervisor,
      environment: { PATH: bin, CBAS_DMTCP_BIN: bin },
    });
    const onlyLoopback = Object.values(os.networkInterfaces()).every((ones) => ones?.every(({ internal }) => internal));
    expect(await driver.probe()).toMatchObject(onlyLoopback ? { ok: true } : { ok: false, why: expect.stringMatching(/neither nft nor iptables/) });
  }); // prettier-ignore
});
