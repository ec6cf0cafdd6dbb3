import type { InstanceType } from '../engine/model/market.ts';

export type Machine = Pick<InstanceType, 'vcpus' | 'memoryMb' | 'arch' | 'gpus' | 'onDemandUsdPerHour'>;

/** Tags of everything that CBAS makes in EC2; instances read their own through the metadata service. */
export const TAGS = {
  deployment: 'cbas:deployment',
  role: 'cbas:role',
  intent: 'cbas:intent',
  bid: 'cbas:bid',
  slots: 'cbas:slots',
  machine: 'cbas:machine',
  jobs: 'cbas:jobs',
  job: 'cbas:job',
  generation: 'cbas:generation',
  instance: 'cbas:instance',
} as const;

/** vCPUs, memory, architecture, GPUs and the on-demand price per hour in a tag's value: "2 4096 x86_64 0 0.085". */
export function machineTag(machine: Machine): string {
  const { vcpus, memoryMb, arch, gpus, onDemandUsdPerHour } = machine;
  return `${vcpus} ${memoryMb} ${arch} ${gpus} ${onDemandUsdPerHour}`;
}

/** EC2 takes at most this in a tag's value. */
const TAG_CHARS_MAX = 256;

/** The jobs that an instance was launched for, as many ids as a tag's value holds: for people, and a sign to its worker. */
export function jobsTag(jobs: readonly string[]): string {
  let tag = '';
  for (const id of jobs) {
    const longer = tag === '' ? id : `${tag} ${id}`;
    if (longer.length > TAG_CHARS_MAX) break;
    tag = longer;
  }
  return tag;
}

/** undefined when the tag is not there or says nothing that can be used. */
export function parseMachineTag(tag: string | undefined): Machine | undefined {
  const [vcpus, memoryMb, arch, gpus, onDemand] = (tag ?? '').split(' ');
  const machine = {
    vcpus: Number(vcpus),
    memoryMb: Number(memoryMb),
    arch: arch === 'arm64' ? 'arm64' : 'x86_64',
    gpus: Number(gpus),
    onDemandUsdPerHour: Number(onDemand) > 0 ? Number(onDemand) : 0,
  } as const;
  return machine.vcpus > 0 && machine.memoryMb > 0 && Number.isFinite(machine.gpus) ? machine : undefined;
}
