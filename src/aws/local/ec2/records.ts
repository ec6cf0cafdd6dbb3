import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import type { ProcessId } from '../instances/process-table.ts';

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated';
export type Lifecycle = 'spot' | 'on-demand';
export type Tags = Readonly<Record<string, string>>;

/** Why an instance ended, as DescribeInstances tells it. */
export interface StateReason {
  readonly code: string;
  readonly message: string;
}

export interface SpotTerms {
  readonly requestId: string;
  readonly maxUsdPerHour: number;
}

/** Where an instance runs. Written before its first process starts, completed after. */
export interface Placed {
  readonly imdsPort: number;
  /** The embedded AWS's address that the instance was given. */
  readonly endpoint: string;
  /** Absent between the decision to start it and its start: after a crash in between, what bears its mark is ended. */
  readonly process?: ProcessId;
}

/** A notice that was given, or the lack of one: when EC2 takes the instance. */
export interface Interruption {
  readonly noticedAt: number;
  readonly takeAt: number;
}

/** An instance as the log keeps it. Its user data lies in its folder. Times: epoch ms, wall clock. */
export interface InstanceRecord {
  readonly id: string;
  /** Rises with each launch: the order of lists, and the private address. */
  readonly sequence: number;
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly type: string;
  readonly zone: string;
  readonly lifecycle: Lifecycle;
  readonly spot?: SpotTerms;
  readonly imageId: string;
  readonly launchAt: number;
  readonly clientToken?: string;
  readonly profileArn?: string;
  readonly keyName?: string;
  readonly tags: Tags;
  readonly state: InstanceState;
  readonly stateReason?: StateReason;
  readonly endedAt?: number;
  readonly placed?: Placed;
  readonly rebalanceAt?: number;
  readonly interruption?: Interruption;
}

export interface TemplateVersion {
  readonly number: number;
  readonly description?: string;
  readonly createdAt: number;
  readonly data: RequestLaunchTemplateData;
}

export interface TemplateRecord {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly defaultVersion: number;
  readonly versions: readonly TemplateVersion[];
  readonly tags: Tags;
}

/** What a client token stands for: the request it came with, and what it made. */
/** A security group of an operator's. It is kept and told; no packet is held up by it. */
export interface GroupRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly vpcId: string;
  readonly tags: Tags;
  /** Ids of the groups whose members may reach this one's, by any protocol. */
  readonly from: readonly string[];
}

/** An image of an instance: a copy of its folder. `gone`: deregistered, its snapshot is still there. */
export interface ImageRecord {
  readonly id: string;
  readonly name: string;
  readonly snapshotId: string;
  readonly instanceId: string;
  readonly createdAt: number;
  readonly state: 'pending' | 'available' | 'failed' | 'gone';
  readonly tags: Tags;
}

export interface TokenRecord {
  /** "RunInstances:<token>" */
  readonly id: string;
  readonly requestHash: string;
  readonly at: number;
  /** JSON: ids, or a whole small reply; the operation that wrote it knows. */
  readonly made: unknown;
}

export const isActive = (record: InstanceRecord): boolean => record.state === 'pending' || record.state === 'running';
export const poolNameOf = (record: InstanceRecord): string => `${record.type}/${record.zone}`;
/** Like an address in the default VPC; nothing listens on it. */
export const privateIpOf = ({ sequence }: InstanceRecord): string =>
  `172.31.${(sequence >> 8) & 255}.${sequence & 255}`;
