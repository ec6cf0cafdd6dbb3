import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Choice } from '../../src/cli/choose.ts';
import { masterHost } from '../../src/cli/master-host.ts';
import { untilGone } from '../../src/cli/signals.ts';
import { eventually, holds } from '../support/eventually.ts';

const before = process.env['XDG_STATE_HOME'];
let state: string;

beforeAll(() => {
  state = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-host-'));
  process.env['XDG_STATE_HOME'] = state;
});
afterAll(() => {
  if (before === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = before;
  fs.rmSync(state, { recursive: true, force: true });
});

function choice(mode: 'local' | 'aws'): Choice {
  return {
    name: 'lab',
    target: { region: 'eu-west-1', endpoint: undefined, mode, credentials: 'chain' },
    why: '',
    local: undefined,
    ambiguous: false,
  };
}

test('the master gets the same deployment, said in full; its log lies in the state folder', () => {
  expect(masterHost(choice('local'), {}).commandLine).toBe('cbas master --deployment lab');
  const host = masterHost(choice('aws'), { profile: 'ops' });
  expect(host.commandLine).toBe('cbas master --deployment lab --region eu-west-1 --profile ops');
  expect(host.logFile('m-1')).toBe(path.join(state, 'cbas', 'master', 'lab', 'm-1.log'));
});

test('one that ends is not running, tells how, and keeps the log of the newest ten', async () => {
  const host = masterHost(choice('aws'), {});
  const folder = path.dirname(host.logFile('x'));
  fs.mkdirSync(folder, { recursive: true });
  for (let number = 0; number < 14; number++) {
    fs.writeFileSync(path.join(folder, `m-old-${number}.log`), '');
    fs.utimesSync(path.join(folder, `m-old-${number}.log`), 1_000 + number, 1_000 + number);
  }
  // Here the program is not built beside its source: node itself says so and ends.
  const master = host.start('m-new');
  const end = await eventually('it ends', () => master.end(), { withinMs: 20_000, instead: () => master.lastLine() });
  expect(end).toBe('exit 1');
  expect(master.lastLine()).toMatch(/^Node\.js v/);
  expect(host.running()).toBeUndefined();
  expect(await master.stop(1_000)).toBe(true);
  const kept = fs.readdirSync(folder).sort();
  expect(kept).toHaveLength(10);
  expect(kept).toContain('m-new.log');
  expect(kept).toContain('m-old-13.log');
  expect(kept).not.toContain('m-old-4.log');
});

test('an embedded AWS that answers is not gone; one that has not for a while is', async () => {
  let looks = 0;
  const server = http.createServer((_, response) => {
    looks += 1;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const gone = untilGone({ name: 'nobody', endpoint }, { afterMs: 200, lookEveryMs: 20 });
  await eventually('it was looked at for longer than that', () => holds(looks > 30), { withinMs: 20_000 });
  expect(gone.aborted).toBe(false);
  server.close();
  server.closeAllConnections();
  await eventually('it is gone', () => holds(gone.aborted), { withinMs: 20_000 });
});
