/**
 * Which room may import which. The lint rule `cbas/rooms` is generated from this table,
 * and docs/architecture.md explains it. A room may always import itself.
 *
 * `pure` rooms have no clock, chance, promise or I/O: time is `snapshot.at`, chance is a seeded Rng.
 */
const engine = (name) => `src/engine/${name}`;
const [model, market, protocol, decide, select, sim, run, worker] = [
  'model',
  'market',
  'protocol',
  'decide',
  'select',
  'sim',
  'run',
  'worker',
].map(engine);

export const ROOMS = {
  [model]: { pure: true, imports: [] },
  [market]: { pure: true, imports: [model] },
  [protocol]: { pure: true, imports: [model] },
  [decide]: { pure: true, imports: [model, market, protocol] },
  [select]: { pure: true, imports: [model, market, decide] },
  [sim]: { pure: true, imports: [model, market, decide] },
  [run]: { pure: false, imports: [model, market, protocol, decide, select] },
  [worker]: { pure: false, imports: [model, protocol, market] },
  'src/aws': { pure: false, imports: [model, protocol] },
  'src/aws/setup': { pure: false, imports: [model, protocol, 'src/aws'] },
  'src/aws/local': { pure: false, imports: [model, protocol, market, sim, 'src/aws'] },
  'src/aws/memory': { pure: false, imports: [model, protocol, market, 'src/aws'] },
  'src/ui': { pure: false, imports: [model, market, decide, select] },
  'src/cli': { pure: false, imports: '*' },
};

/** The room that a repository path lies in: the longest matching prefix, or undefined. */
export function roomOf(path) {
  return Object.keys(ROOMS)
    .filter((room) => path === room || path.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0];
}
