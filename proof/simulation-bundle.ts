import { build, type Plugin } from 'esbuild';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');

/** A defect that is planted into the bundle only: the text must be found exactly once, so that a mutant cannot rot unseen. */
export interface Mutant {
  readonly name: string;
  /** Below src/. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The simulation as one file that Node loads at once, for as long as `use` takes. */
export async function withSimulation(
  mutant: Mutant | undefined,
  use: (bundle: string) => Promise<void>,
): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-simulation-'));
  try {
    await use(await bundleSimulation(folder, mutant));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function bundleSimulation(folder: string, mutant: Mutant | undefined): Promise<string> {
  const outfile = path.join(folder, `${mutant?.name ?? 'whole'}.mjs`);
  await build({
    entryPoints: [path.join(ROOT, 'test/simulation/run-seeds.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    sourcemap: 'inline',
    logLevel: 'error',
    plugins: mutant === undefined ? [] : [planted(mutant)],
  });
  return outfile;
}

function planted({ name, file, find, replace }: Mutant): Plugin {
  const target = path.join(ROOT, 'src', file);
  return {
    name: 'mutant',
    setup(context) {
      context.onLoad({ filter: /\.ts$/ }, ({ path: loaded }) => {
        if (loaded !== target) return undefined;
        const parts = fs.readFileSync(loaded, 'utf8').split(find);
        if (parts.length !== 2)
          throw new Error(`mutant ${name}: its text stands ${parts.length - 1} times in ${file}, expected once`);
        return { contents: parts.join(replace), loader: 'ts' };
      });
    },
  };
}
