export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Nearest rank, in whole milliseconds. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** The same, to the hundredth: for what is shorter than a frame. */
export function precisely(values: readonly number[]): Percentiles {
  const { p50, p95, p99, max } = percentiles(values.map((value) => 100 * value));
  return { p50: p50 / 100, p95: p95 / 100, p99: p99 / 100, max: max / 100 };
}
