/** P(X <= k) for X ~ Binomial(n, p), by the sum of its terms in logarithms; exact to about 1e-12, O(k). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n || p <= 0) return 1;
  if (p >= 1) return 0;
  const step = Math.log(p) - Math.log1p(-p);
  let term = n * Math.log1p(-p);
  let sum = Math.exp(term);
  for (let i = 1; i <= k; i++) {
    term += Math.log((n - i + 1) / i) + step;
    sum += Math.exp(term);
  }
  return Math.min(1, sum);
}

/**
 * The one-sided binomial test: whether so few hits contradict a rate of at least `target` at the given level.
 * Example: 90 of 100 at target .95: P(X <= 90) = .028, rejected at 5 %; 91 of 100: .063, not rejected.
 */
export function rejectsRate(seen: { hits: number; of: number }, target: number, level = 0.05): boolean {
  return seen.of > 0 && binomialCdf(seen.hits, seen.of, target) < level;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Wilson's score interval of a rate seen in `of` independent trials (need not be whole); z = 1.96 for 95 %. */
export function wilsonInterval(rate: number, of: number, z = 1.96): Interval {
  if (of <= 0) return { low: 0, high: 1 };
  const shrink = 1 + (z * z) / of;
  const centre = (rate + (z * z) / (2 * of)) / shrink;
  const half = (z / shrink) * Math.sqrt((rate * (1 - rate)) / of + (z * z) / (4 * of * of));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
