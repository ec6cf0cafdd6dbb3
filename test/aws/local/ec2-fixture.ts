import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createEc2, type Ec2, type Ec2Options } from '../../../src/aws/local/ec2/ec2.ts';
import { IMAGE_ID } from '../../../src/aws/local/ec2/image-check.ts';
import { markedPids, signal } from '../../../src/aws/local/instances/process-table.ts';
import { syntheticSource } from '../../../src/aws/local/ec2/price-source.ts';
import type { EventBus, Operation } from '../../../src/aws/local/service.ts';

export const ACCOUNT = '000000000000';
export const ENDPOINT = 'http://127.0.0.1:9';
export type BusEvent = Parameters<EventBus['put']>[0];

/** An embedded EC2 in a folder of its own; several may be opened on it, one after the other. */
export interface Ec2Fixture {
  readonly dir: string;
  readonly events: BusEvent[];
  open(options?: Partial<Ec2Options>): Ec2;
  /** Ends whatever was started here, by pid. */
  cleanUp(): Promise<void>;
}

export function ec2Fixture(): Ec2Fixture {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ec2-'));
  const events: BusEvent[] = [];
  const opened: { readonly ec2: Ec2; stopped: boolean }[] = [];
  return {
    dir,
    events,
    open(options) {
      const ec2 = createEc2({
        stateDir: dir,
        region: 'us-east-1',
        accountId: ACCOUNT,
        bus: { put: (event) => events.push(event) },
        source: syntheticSource({ zones: ['us-east-1a', 'us-east-1b'], seed: 1, options: { spikesPerHour: 0 } }),
        binDirs: [],
        bootDelayMs: 1,
        ...options,
      });
      const entry = { ec2, stopped: false };
      opened.push(entry);
      return {
        ...ec2,
        async stop(how) {
          if (entry.stopped) return;
          entry.stopped = true;
          await ec2.stop(how);
        },
      };
    },
    async cleanUp() {
      for (const entry of opened) {
        if (!entry.stopped) await entry.ec2.stop({ endInstances: true });
        entry.stopped = true;
      }
      const folders = path.join(dir, 'instances');
      const left = fs.existsSync(folders) ? fs.readdirSync(folders).flatMap((id) => [...pidsOf(id)]) : [];
      for (const pid of left) signal(pid, 'SIGKILL');
      fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
      if (left.length > 0) throw new Error(`processes ${left.join(', ')} were left behind`);
    },
  };
}

/** The processes of an instance that the machine knows now. */
export const pidsOf = (id: string): ReadonlySet<number> => markedPids(new Set([id])).get(id) ?? new Set();

/** Calls an operation as the router would after decoding. */
export async function call<Output>(ec2: Ec2, name: string, input: object = {}): Promise<Output> {
  const found = ec2.service.operations.find((one) => one.schema[2] === name) as Operation<object, Output> | undefined;
  if (found === undefined) throw new Error(`${name} is not among the operations`);
  const at = Date.now();
  return found.handle(input, { region: 'us-east-1', accountId: ACCOUNT, at, signal: new AbortController().signal });
}

/** The AWS error code of a call that must fail. */
export async function codeOf(calling: Promise<unknown>): Promise<string> {
  try {
    await calling;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  return 'no error';
}

export const script = (text: string): string => Buffer.from(`#!/bin/sh\n${text}\n`).toString('base64');

export const SPOT = { InstanceMarketOptions: { MarketType: 'spot' } };
export const ONE = { ImageId: IMAGE_ID, InstanceType: 'c5.large', MinCount: 1, MaxCount: 1 };

const DEADLINE_MS = 15_000;

/** Waits until a fact holds, and returns it; the deadline only fails. */
export async function eventually<Fact>(what: string, look: () => Fact | undefined | false): Promise<Fact> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const fact = look();
    if (fact !== undefined && fact !== false) return fact;
    if (performance.now() > deadline) throw new Error(`waited ${DEADLINE_MS} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function readIfThere(file: string): string | undefined {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}
