/**
 * ln Gamma(x) for x > 0, by Stirling's series beyond 10 and the recurrence Gamma(x + 1) = x Gamma(x) below; error under 1e-12.
 * Example: lnGamma(5) = ln 24 = 3.178.
 */
export function lnGamma(x: number): number {
  let shift = 0;
  let at = x;
  for (; at < 10; at++) shift += Math.log(at);
  const inverse = 1 / (at * at);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / at;
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

const TERMS_MAX = 10_000;
const EXACT = 1e-15;

/**
 * P(X <= x) for X ~ Gamma(shape, rate 1): the series sum of x^k / (a (a+1) … (a+k)) times x^a e^-x / Gamma(a), which has only
 * positive terms. Example: shape 1 is the exponential, gammaCdf(1, 1) = 1 - 1/e.
 */
export function gammaCdf(shape: number, x: number): number {
  if (!(x > 0)) return 0;
  let term = 1 / shape;
  let sum = term;
  for (let k = 1; k < TERMS_MAX && term > sum * EXACT; k++) {
    term *= x / (shape + k);
    sum += term;
  }
  return Math.min(1, sum * Math.exp(shape * Math.log(x) - x - lnGamma(shape)));
}

/** x with P(X <= x) = level for X ~ Gamma(shape, rate 1), by bisection; 0 for a shape of 0. */
export function gammaQuantile(shape: number, level: number): number {
  if (shape <= 0) return 0;
  let high = shape + 10;
  while (gammaCdf(shape, high) < level) high *= 2;
  let low = 0;
  for (let step = 0; step < 100 && high - low > 1e-13 * high; step++) {
    const middle = (low + high) / 2;
    if (gammaCdf(shape, middle) < level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
