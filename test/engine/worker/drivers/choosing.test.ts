import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/cli/clock.ts';
import type { DriverName } from '../../../../src/engine/model/checkpoint.ts';
import type { Json } from '../../../../src/engine/model/units.ts';
import { attemptFolders } from '../../../../src/engine/worker/attempt-folders.ts';
import {
  type CheckpointDriver,
  type DriverJob,
  hostMismatch,
  type Probe,
} from '../../../../src/engine/worker/drivers/checkpoint-driver.ts';
import { Drivers } from '../../../../src/engine/worker/drivers/drivers.ts';
import { linkageOf } from '../../../../src/engine/worker/drivers/elf.ts';
import { foreignConnections } from '../../../../src/engine/worker/drivers/foreign-connections.ts';
import { noneDriver } from '../../../../src/engine/worker/drivers/none-driver.ts';
import { endOf } from '../../../../src/engine/worker/drivers/proc.ts';
import { lackOfRoom } from '../../../../src/engine/worker/drivers/state-archive.ts';
import { localFiles } from '../../../../src/engine/worker/local-files.ts';
import { processSupervisor } from '../../../../src/engine/worker/supervisor.ts';
import { documentOf } from '../../../support/job-table.ts';

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-choosing-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const ABLE: Probe = { ok: true, toolVersion: '1', detail: '' };
const not = (why: string): Probe => ({ ok: false, why });

function tool(name: DriverName, probe: Probe, refuses?: string): CheckpointDriver {
  return { ...noneDriver(processSupervisor), name, probe: async () => probe, refuses: async () => refuses };
}
function job(checkpoint: Readonly<Record<string, Json>>): DriverJob {
  const folders = attemptFolders(folder, { jobId: 'j', epoch: 1, workerId: 'w' });
  return { id: 'j', document: documentOf({ checkpoint }), folders, env: {}, say: () => undefined };
}
const driversWith = (...more: readonly CheckpointDriver[]): Drivers =>
  new Drivers({ files: localFiles, supervisor: processSupervisor, clock: systemClock }, more);

describe('the driver of a job', () => {
  const both = [tool('dmtcp', ABLE), tool('criu', ABLE)];
  test.each<[string, Record<string, Json>, readonly CheckpointDriver[], DriverName | undefined, DriverName, RegExp]>([
    ['a signal is declared', { signal: 'SIGUSR1' }, both, undefined, 'app', /declares SIGUSR1/],
    ['an exit code is declared', { exitCode: 'auto' }, both, undefined, 'app', /declares exit code 85/],
    ['it saved by itself before', {}, both, 'app', 'app', /newest checkpoint is one that the program wrote/],
    ['nothing is declared', {}, both, undefined, 'dmtcp', /declares nothing, and this machine has it$/],
    ['what made its checkpoint is here', {}, both, 'criu', 'criu', /made the newest checkpoint/],
    ['the program is static', {}, [tool('dmtcp', ABLE, 'static'), tool('criu', ABLE)], undefined, 'criu', /; dmtcp: static/],
    ['one is not here', {}, [tool('dmtcp', not('no tool')), tool('criu', ABLE)], undefined, 'criu', /; dmtcp: no tool/],
    ['none is here', {}, [tool('dmtcp', not('no tool')), tool('criu', not('no root'))], undefined, 'none', /dmtcp: no tool; criu: no root/],
    ['the worker knows none', {}, [], undefined, 'none', /dmtcp: this worker does not have it; criu/],
    ['it is asked for', { driver: 'criu' }, both, 'dmtcp', 'criu', /asks for it/],
    ['none is asked for', { driver: 'none', signal: 'SIGUSR1' }, both, undefined, 'none', /asks for it/],
  ])('where %s', async (...[, checkpoint, drivers, newest, driver, why]) => {
    const chosen = await driversWith(...drivers).choose(job(checkpoint), newest);
    expect(chosen).toMatchObject({ ok: true, choice: { driver, why: expect.stringMatching(why) } });
  });

  test('one that is asked for and cannot be is not replaced by another', async () => {
    const drivers = driversWith(tool('dmtcp', ABLE, './go is statically linked'), tool('criu', ABLE));
    expect(await drivers.choose(job({ driver: 'dmtcp' }), undefined)).toEqual({
      ok: false,
      why: 'the document asks for dmtcp: ./go is statically linked; `auto` takes what the machine can do',
    });
  });
}); // prettier-ignore

describe('memory that was saved elsewhere', () => {
  const host = { arch: 'x64', cpuFlags: ['avx2', 'avx512f', 'sse2'], imageId: 'ami-1' };
  const made = { host, toolVersion: '4.2.0' };
  const facts = ['arch', 'cpuFlags', 'toolVersion', 'imageId'] as const;
  test.each([
    ['the same', {}, undefined],
    ['more features', { cpuFlags: ['amx', 'avx2', 'avx512f', 'sse2'] }, undefined],
    ['an image that is not known', { imageId: '' }, undefined],
    ['fewer features', { cpuFlags: ['avx2', 'sse2'] }, /a processor with avx512f, which this one does not have/],
    ['another kind of processor', { arch: 'arm64' }, /made on x64, and this machine is arm64/],
    ['another version of the tool', { toolVersion: '4.1.0' }, /version 4.2.0, and here is 4.1.0/],
    ['another image', { imageId: 'ami-2' }, /image ami-1, and this machine is of ami-2/],
  ])('%s', (...[, change, why]) => {
    const told = hostMismatch(made, { ...host, toolVersion: '4.2.0', ...change }, facts);
    if (why === undefined) expect(told).toBeUndefined();
    else expect(told).toMatch(why);
  });

  test('is compared in what the driver is bound to, and no more', () => {
    expect(hostMismatch(made, { arch: 'arm64', cpuFlags: [], imageId: '', toolVersion: '1' }, [])).toBeUndefined();
  });
});

test('a static program is told from one that loads its libraries, also behind a script', () => {
  const where = { path: process.env['PATH'] };
  fs.writeFileSync(path.join(folder, 'one.c'), 'int main(void) { return 0; }');
  const build = (name: string, ...flags: readonly string[]): string => {
    execFileSync('cc', [...flags, '-o', path.join(folder, name), path.join(folder, 'one.c')]);
    return path.join(folder, name);
  };
  const script = (name: string, line: string): string => {
    fs.writeFileSync(path.join(folder, name), `${line}\n`, { mode: 0o755 });
    return path.join(folder, name);
  };
  const fixed = build('fixed', '-static');
  expect(linkageOf(fixed, where)).toBe('static');
  expect(linkageOf(build('loading'), where)).toBe('dynamic');
  expect(linkageOf(script('by-fixed', `#!${fixed}`), where)).toBe('static');
  expect(linkageOf(script('by-shell', '#!/bin/sh -e'), where)).toBe('dynamic');
  expect(linkageOf(script('by-env', '#!/usr/bin/env python3'), where)).toBe('dynamic');
  expect(linkageOf(script('text', 'no program'), where)).toBeUndefined();
  expect(linkageOf(path.join(folder, 'nothing'), where)).toBeUndefined();
});

test('a connection to somebody else is seen; one within the tree, and the coordinator’s, are not', async () => {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const client = `
    const net = require('node:net');
    const own = net.createServer((socket) => {}).listen(0, '127.0.0.1', () => {
      const inner = net.connect(own.address().port, '127.0.0.1', () => {
        net.connect(${port}, '127.0.0.1', () => console.log('connected'));
      });
    });`;
  const child = spawn(process.execPath, ['-e', client], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    expect(foreignConnections([child.pid as number], 0)).toEqual([`127.0.0.1:${port}`]);
    expect(foreignConnections([child.pid as number], port)).toEqual([]);
    expect(foreignConnections([], 0)).toEqual([]);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
    server.close();
  }
});

test.each([
  [143 << 8, { exitCode: 143, signal: undefined }],
  [0, { exitCode: 0, signal: undefined }],
  [15, { exitCode: undefined, signal: 'SIGTERM' }],
  [11 | 0x80, { exitCode: undefined, signal: 'SIGSEGV' }],
])('what the kernel keeps of an end, %i, is code or signal', (status, end) => {
  expect(endOf(status)).toMatchObject(end);
});

test('a disk without room for memory and files is told before anything is begun', async () => {
  expect(await lackOfRoom(folder, { rssBytes: 1, processes: 1, fileBytes: 1 })).toBeUndefined();
  expect(await lackOfRoom(folder, { rssBytes: 1e15, processes: 1, fileBytes: 1 })).toMatch(/^it needs \d+ MB of disk, and \d+ MB are free$/);
}); // prettier-ignore
