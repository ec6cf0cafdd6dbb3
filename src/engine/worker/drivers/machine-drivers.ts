import { DRIVER_NAMES, type DriverName } from '../../model/checkpoint.ts';
import type { AppPorts } from './app-driver.ts';
import type { Probe } from './checkpoint-driver.ts';
import { criuDriver } from './criu-driver.ts';
import { dmtcpDriver } from './dmtcp-driver.ts';
import { Drivers } from './drivers.ts';
import { cpuFlags } from './proc.ts';

export interface MachineDriversOptions {
  readonly ports: AppPorts;
  /** Of the agent: the tools are looked for on its PATH, or where CBAS_CRIU and CBAS_DMTCP_BIN say. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The machine image; empty where it is not known. */
  readonly imageId: string;
}

/** Every way to save a job that a real machine may have. */
export function machineDrivers({ ports, environment, imageId }: MachineDriversOptions): Drivers {
  const { clock, supervisor } = ports;
  const more = [dmtcpDriver({ clock, supervisor, environment }), criuDriver({ clock, environment })];
  return new Drivers(ports, more, { arch: process.arch, cpuFlags: cpuFlags(), imageId });
}

/** What each of them says of this machine, in the order of their names. */
export async function probeAll(
  drivers: Drivers,
): Promise<readonly { readonly name: DriverName; readonly probe: Probe }[]> {
  return Promise.all(DRIVER_NAMES.map(async (name) => ({ name, probe: await drivers.probe(name) })));
}

/** "saves jobs by app, criu 4.1.1; not by dmtcp: no dmtcp_launch on the path". */
export async function probeSentence(drivers: Drivers): Promise<string> {
  const all = (await probeAll(drivers)).filter(({ name }) => name !== 'none');
  const able = all.flatMap(({ name, probe }) => (probe.ok ? [`${name} ${probe.toolVersion}`.trim()] : []));
  const unable = all.flatMap(({ name, probe }) => (probe.ok ? [] : [`; not by ${name}: ${probe.why}`]));
  return `saves jobs by ${able.join(', ')}${unable.join('')}`;
}
