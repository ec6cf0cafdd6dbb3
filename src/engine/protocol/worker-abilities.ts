import type { ConditionalWrite } from '../model/command.ts';
import { DRIVER_NAMES, type DriverName } from '../model/checkpoint.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import type { HostFacts } from './checkpoint-manifest.ts';
import { readNumber, readObject, readText, readTexts } from './read.ts';

/** What a worker's machine is and which drivers work there: on its item, in no list. */
export interface WorkerAbilities {
  readonly host: HostFacts;
  readonly drivers: Readonly<Partial<Record<DriverName, DriverAbility>>>;
}

/** A driver's tool by version, or why it does not work there. */
export interface DriverAbility {
  readonly toolVersion: string;
  /** Empty: it works. */
  readonly why: string;
}

/** A generation of a job that is to be restored into a scratch folder, to see whether it can be. */
export interface RestoreTestWish {
  readonly jobId: string;
  readonly generation: number;
  readonly at: EpochMs;
  readonly by: string;
}

/** What came of it. */
export interface RestoreTestResult {
  readonly jobId: string;
  readonly generation: number;
  /** Of the wish. */
  readonly at: EpochMs;
  readonly ok: boolean;
  /** In one sentence: what was tried, what came of it, and what that proves. */
  readonly told: string;
}

/** By the worker itself, of whatever state it is in. Touches neither `rev` nor `changedAt`. */
export function tellAbilities(workerId: string, { host, drivers }: WorkerAbilities): ConditionalWrite {
  const can = Object.fromEntries(Object.entries(drivers).map(([name, ability]) => [name, { ...ability }]));
  return ofWorker(workerId, { abilities: { host: { ...host }, drivers: can } });
}

export function abilitiesOf(item: JsonObject): WorkerAbilities | undefined {
  const map = readObject(item, 'abilities');
  if (map === undefined) return undefined;
  const host = readObject(map, 'host') ?? {};
  const drivers = readObject(map, 'drivers') ?? {};
  const known = DRIVER_NAMES.flatMap((name) => {
    const one = readObject(drivers, name);
    return one === undefined ? [] : [[name, { toolVersion: readText(one, 'toolVersion'), why: readText(one, 'why') }]];
  });
  return {
    host: { arch: readText(host, 'arch'), cpuFlags: readTexts(host, 'cpuFlags'), imageId: readText(host, 'imageId') },
    drivers: Object.fromEntries(known) as WorkerAbilities['drivers'],
  };
}

/** By an operator: one at a time, the newest counts. */
export function wishRestoreTest(workerId: string, wish: RestoreTestWish): ConditionalWrite {
  return ofWorker(workerId, { restoreTest: { ...wish } });
}

export function restoreTestWishOf(item: JsonObject): RestoreTestWish | undefined {
  const map = readObject(item, 'restoreTest');
  if (map === undefined) return undefined;
  return {
    jobId: readText(map, 'jobId'),
    generation: readNumber(map, 'generation'),
    at: readNumber(map, 'at'),
    by: readText(map, 'by'),
  };
}

export function tellRestoreTest(workerId: string, result: RestoreTestResult): ConditionalWrite {
  return ofWorker(workerId, { restoreTested: { ...result } });
}

export function restoreTestResultOf(item: JsonObject): RestoreTestResult | undefined {
  const map = readObject(item, 'restoreTested');
  if (map === undefined) return undefined;
  return {
    jobId: readText(map, 'jobId'),
    generation: readNumber(map, 'generation'),
    at: readNumber(map, 'at'),
    ok: map['ok'] === true,
    told: readText(map, 'told'),
  };
}

function ofWorker(workerId: string, set: JsonObject): ConditionalWrite {
  return {
    table: 'workers',
    key: workerId,
    conditions: [{ op: 'exists', attribute: 'state' }],
    set,
    add: {},
    remove: [],
  };
}
