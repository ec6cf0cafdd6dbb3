// Brings a CRIU and holds the driver to its contract with it, with real programs; needs root, for namespaces.
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';

const here = (name) => path.resolve(import.meta.dirname, name);

function preparedCriu() {
  try {
    return execFileSync(process.execPath, [here('prepare-criu.mjs')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }).trim();
  } catch {
    // It has said why.
    process.exit(1);
  }
}

const tests = [
  'run',
  '--project',
  'unit',
  'test/engine/worker/drivers/contract.test.ts',
  'test/engine/worker/saving.test.ts',
];
const vitest = spawnSync('vitest', tests, { stdio: 'inherit', env: { ...process.env, CBAS_CRIU: preparedCriu() } });
process.exitCode = vitest.status ?? 1;
