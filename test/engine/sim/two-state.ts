import type { AvailabilityTrace } from '../../../src/engine/market/availability.ts';
import { seededRng } from '../../../src/engine/model/rng.ts';

/** Availability without memory: each tick an up-time ends with one chance, an outage with another. */
export function twoStateTrace(options: {
  seed: number;
  ticks: number;
  endsUp: number;
  endsDown: number;
  tickS?: number;
}): AvailabilityTrace {
  const { seed, ticks, endsUp, endsDown, tickS = 600 } = options;
  const rng = seededRng(seed);
  const counts = new Uint8Array(ticks);
  let up = true;
  for (let tick = 0; tick < ticks; tick++) {
    counts[tick] = up ? 1 : 0;
    if (rng.next() < (up ? endsUp : endsDown)) up = !up;
  }
  return {
    kind: 'availability',
    zone: `two-state-${seed}`,
    device: 'v',
    count: '1',
    nodes: 1,
    startMs: 0,
    tickS,
    counts,
  };
}
