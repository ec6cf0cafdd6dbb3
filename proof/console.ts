import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bundleOptions } from '../scripts/bundle-options.mjs';
import type { ProofOptions, Proven } from './proof.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
/** The tests' what-if engine loads its worker by path; it is never asked for one here. */
const ENTRY = 'proof/console/run.ts';

/** `--minutes 10 --seed 1`: random keys, pastes, sizes and churn on the real app, and what must hold after each of them. */
export function monkeyProof(options: ProofOptions): Promise<Proven> {
  const { minutes = '10', seed = '1' } = options.flags;
  return run(['monkey', seed, minutes], { seed: Number(seed), minutes: Number(minutes) }, options.say);
}

/** `--hours 8 --seed 1`: so many virtual hours of a console that is watched; the memory in use must stay as it is. */
export function soakProof(options: ProofOptions): Promise<Proven> {
  const { hours = '8', seed = '1' } = options.flags;
  return run(['soak', seed, hours], { seed: Number(seed) }, options.say);
}

async function run(args: readonly string[], asked: object, say: (line: string) => void): Promise<Proven> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-console-'));
  try {
    await build({ ...bundleOptions(ROOT, 'proof'), entryPoints: { run: ENTRY }, outdir: folder, sourcemap: 'inline' });
    fs.writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
    const child = spawn(
      process.execPath,
      ['--expose-gc', '--enable-source-maps', path.join(folder, 'run.js'), ...args],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let told = '';
    child.stdout.on('data', (bytes: Buffer) => (told += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => say(bytes.toString().trimEnd()));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    if (code !== 0) return { figures: { ...asked, died: code }, violated: true };
    const figures = JSON.parse(told) as { readonly violations: readonly string[] };
    for (const violation of figures.violations) say(`VIOLATION ${violation}`);
    return {
      figures: { ...asked, ...figures, violations: figures.violations.length },
      violated: figures.violations.length > 0,
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
