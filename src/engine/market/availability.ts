/**
 * Whether spot instances could be had in one zone, tick by tick: the capacity form of the market, in which prices hardly
 * move and the risk is that there is no capacity. `counts[i]` is the number of instances AVAILABLE during tick i, that is
 * from `i * tickS` to `(i + 1) * tickS` seconds after the start; 0 = none. (Some published simulators keep the complement.)
 */
export interface AvailabilityTrace {
  /** How it was observed: 'availability' by asking for instances, 'preemption' by holding them. */
  readonly kind: string;
  readonly zone: string;
  /** Accelerator or instance type: "v100", "r5.16xlarge"; and how many of them one instance has: "1", "8". */
  readonly device: string;
  readonly count: string;
  /** The most instances that were asked for at once. */
  readonly nodes: number;
  /** Epoch ms UTC of tick 0; undefined where the record does not tell. */
  readonly startMs: number | undefined;
  readonly tickS: number;
  readonly counts: Uint8Array;
}

/** What tells one trace from another in a table: "us-west-2a/v100x8". */
export function traceName({ zone, device, count, kind, nodes }: AvailabilityTrace): string {
  const extra = kind === 'availability' ? '' : ` ${kind}`;
  return `${zone}/${device}${count === '' ? '' : `x${count}`}${nodes > 1 ? ` ${nodes} nodes` : ''}${extra}`;
}

/** Share of the ticks in which at least one instance was available. */
export function meanAvailability(counts: Uint8Array): number {
  let up = 0;
  for (const value of counts) if (value > 0) up++;
  return counts.length === 0 ? 0 : up / counts.length;
}

/** Run lengths: [value, ticks] from the first tick on. */
export type Runs = readonly (readonly [value: number, ticks: number])[];

export function countsOfRuns(runs: Runs): Uint8Array {
  const counts = new Uint8Array(runs.reduce((sum, [, ticks]) => sum + ticks, 0));
  let at = 0;
  for (const [value, ticks] of runs) {
    counts.fill(Math.min(value, 255), at, at + ticks);
    at += ticks;
  }
  return counts;
}
