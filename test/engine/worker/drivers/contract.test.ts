import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/cli/clock.ts';
import { appDriver } from '../../../../src/engine/worker/drivers/app-driver.ts';
import type { CheckpointDriver } from '../../../../src/engine/worker/drivers/checkpoint-driver.ts';
import { criuDriver } from '../../../../src/engine/worker/drivers/criu-driver.ts';
import { dmtcpDriver } from '../../../../src/engine/worker/drivers/dmtcp-driver.ts';
import { noneDriver } from '../../../../src/engine/worker/drivers/none-driver.ts';
import { localFiles } from '../../../../src/engine/worker/local-files.ts';
import { processSupervisor } from '../../../../src/engine/worker/supervisor.ts';
import { COUNTING_PROGRAMS, SAVING_PROGRAMS } from '../../../support/counting-programs.ts';
import { ASKED, counted, DriverBench, endsExactly, killed } from '../../../support/driver-bench.ts';

/** What every driver owes its programs: a count that is exact, and an end that comes through, however often it is killed. */

const PORTS = { files: localFiles, supervisor: processSupervisor, clock: systemClock };
const REAL = { clock: systemClock, supervisor: processSupervisor, environment: process.env };
const probes = await Promise.all(
  [criuDriver(REAL), dmtcpDriver(REAL)].map(async (driver) => ({ driver, probe: await driver.probe() })),
);

let bench: DriverBench | undefined;
afterEach(async () => bench?.end());
const benchOf = (driver: CheckpointDriver): DriverBench => (bench = new DriverBench(driver));

describe('app', () => {
  test.each(SAVING_PROGRAMS)('$name', async (program) => {
    await benchOf(appDriver(PORTS)).survives(program, { driver: 'app', signal: 'SIGUSR1' });
  });
});

describe('none', () => {
  test.each(COUNTING_PROGRAMS)('$name begins anew, and is exact', async (program) => {
    const own = benchOf(noneDriver(processSupervisor));
    const given = { run: { command: [...program.command(own.folder)] } };
    const first = own.attempt(1, given);
    const process = await own.begin(first);
    await counted(first, 5);
    expect(await process.checkpoint(ASKED)).toBeUndefined();
    await killed(process);
    const second = own.attempt(2, given);
    const again = await own.begin(second);
    await counted(second, 5);
    await endsExactly(again, second);
  });
});

describe.each(probes)('$driver.name', ({ driver, probe }) => {
  const why = probe.ok ? '' : probe.why;
  const named = why === '' ? '$name goes on where it was, exact' : `$name: not proven here, ${why}`;
  test.skipIf(why !== '').each(COUNTING_PROGRAMS)(named, async (program) => {
    await benchOf(driver).survives(program, { driver: driver.name });
  });
});
