import fs from 'node:fs';
import path from 'node:path';

/** What the time of a frame is spent on. The first rule that matches a module's path tells its stage. */
const STAGES: readonly (readonly [stage: string, path: RegExp])[] = [
  ['load', /^bench\/keys\/churn/],
  [
    'input',
    /^src\/ui\/(?:terminal-input|input-split|key-press)|^node_modules\/ink\/build\/(?:input|hooks\/use-input|components\/App)/,
  ],
  ['dispatch', /^src\/ui\/(?:dispatch|navigate|act|keymap|effective-keys|use-keys)/],
  ['output', /^src\/ui\/(?:frame-(?:writer|change)|screen-rows|styled-line|scrolled-band|line-flow|terminal-output)/],
  ['layout', /^node_modules\/(?:ink|yoga-layout|wrap-ansi|slice-ansi|cli-truncate)\//],
  ['select', /^src\/engine\/(?:select|decide|market)\//],
  [
    'draw',
    /^src\/ui\/(?:components|screens)\/|^src\/ui\/(?:line|width|format|theme|safe-text|table-screen|watch|list|use-engine)|^src\/ui\/app/,
  ],
  ['react', /^node_modules\/(?:react|react-reconciler|scheduler|zustand)\//],
];

interface Node {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}
interface Profile {
  readonly nodes: readonly Node[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
  readonly startTime: number;
}

/**
 * Ms of the processor by stage, of a profile (`--cpu-prof`) of a bundle that is not minified, which tells by comments where
 * its modules begin. Time inside of the data's own rooms counts for whoever asked. `afterMs`: from the start of the profile.
 */
export function stagesOf(folder: string, afterMs: number): Readonly<Record<string, number>> {
  const file = fs.readdirSync(folder).find((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error(`no profile in ${folder}`);
  const profile = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')) as Profile;
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const moduleAt = modulesOf(folder);
  const known = new Map<number, string>();
  const stageOf = (id: number): string => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const { callFrame } = nodes.get(id)!;
    const parent = parents.get(id);
    const own = callFrame.functionName === '(garbage collector)' ? 'gc' : callFrame.functionName === '(idle)' ? 'idle' : stageOfModule(moduleAt(callFrame)); // prettier-ignore
    const stage = own ?? (parent === undefined ? 'other' : stageOf(parent));
    known.set(id, stage);
    return stage;
  };
  const sums: Record<string, number> = {};
  let atMs = 0;
  for (const [at, id] of profile.samples.entries()) {
    const tookMs = (profile.timeDeltas[at] ?? 0) / 1_000;
    atMs += tookMs;
    const stage = stageOf(id);
    if (atMs >= afterMs && stage !== 'idle') sums[stage] = (sums[stage] ?? 0) + tookMs;
  }
  return sums;
}

function stageOfModule(module: string | undefined): string | undefined {
  return module === undefined ? undefined : STAGES.find(([, paths]) => paths.test(module))?.[0];
}

/** The module that a line of the bundle came from. */
function modulesOf(folder: string): (frame: Node['callFrame']) => string | undefined {
  const files = new Map<string, readonly (string | undefined)[]>();
  return ({ url, lineNumber }) => {
    const name = path.basename(url);
    if (!url.includes(folder)) return undefined;
    let lines = files.get(name);
    if (lines === undefined) {
      let module: string | undefined;
      lines = fs.readFileSync(path.join(folder, name), 'utf8').split('\n').map((line) => (module = /^\s*\/\/ ((?:src|bench|node_modules)\/\S+)$/.exec(line)?.[1] ?? module)); // prettier-ignore
      files.set(name, lines);
    }
    return lines[lineNumber];
  };
}
