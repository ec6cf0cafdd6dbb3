import type { InstanceType } from '../engine/model/market.ts';

export type Machine = Pick<InstanceType, 'vcpus' | 'memoryMb' | 'arch' | 'gpus'>;

/** Tags of everything that CBAS makes in EC2; instances read their own through the metadata service. */
export const TAGS = {
  deployment: 'cbas:deployment',
  role: 'cbas:role',
  intent: 'cbas:intent',
  bid: 'cbas:bid',
  slots: 'cbas:slots',
  machine: 'cbas:machine',
} as const;

/** vCPUs, memory, architecture and GPUs in a tag's value: "2 4096 x86_64 0". */
export function machineTag(machine: Machine): string {
  return `${machine.vcpus} ${machine.memoryMb} ${machine.arch} ${machine.gpus}`;
}

/** undefined when the tag is not there or says nothing that can be used. */
export function parseMachineTag(tag: string | undefined): Machine | undefined {
  const [vcpus, memoryMb, arch, gpus] = (tag ?? '').split(' ');
  const machine = {
    vcpus: Number(vcpus),
    memoryMb: Number(memoryMb),
    arch: arch === 'arm64' ? 'arm64' : 'x86_64',
    gpus: Number(gpus),
  } as const;
  return machine.vcpus > 0 && machine.memoryMb > 0 && Number.isFinite(machine.gpus) ? machine : undefined;
}
