// Bundles the programs into dist/: the console first, the AWS clients in chunks of their own that load when they are needed.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleOptions } from './bundle-options.mjs';
import { packageFolders, sbom } from './sbom.mjs';

const root = path.resolve(import.meta.dirname, '..');
const stamp = path.join(root, 'dist', '.built');

/** Newest change under a path, in epoch ms. */
function newest(at) {
  const stat = fs.statSync(at);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...fs.readdirSync(at).map((name) => newest(path.join(at, name))));
}

/** The licences of all packages that went into the bundle: theirs asks for it. */
function licences(folders) {
  return folders
    .map((folder) => {
      const { name, version, license } = JSON.parse(fs.readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
      const file = fs.readdirSync(path.join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file === undefined ? '' : fs.readFileSync(path.join(root, folder, file), 'utf8').trim();
      return `${name} ${version} (${license})\n${text}\n`;
    })
    .join('\n----\n\n');
}

const inputs = ['src', 'scripts', 'package.json', 'package-lock.json'].map((name) => path.join(root, name));
if (
  process.argv.includes('--if-stale') &&
  fs.existsSync(stamp) &&
  inputs.every((at) => newest(at) <= fs.statSync(stamp).mtimeMs)
)
  process.exit(0);

const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const next = path.join(root, 'dist.next');
fs.rmSync(next, { recursive: true, force: true });
const { metafile } = await build({
  ...bundleOptions(root, version),
  entryPoints: {
    cbas: 'src/cli/cbas.ts',
    'cbas-console': 'src/cli/cbas-console.ts',
    'compute-worker': 'src/cli/compute-worker.ts',
  },
  outdir: next,
  // Native, with prebuilt binaries of its own.
  external: ['dynalite'],
  legalComments: 'eof',
  metafile: true,
});
const bundled = packageFolders(Object.keys(metafile.inputs));
fs.writeFileSync(path.join(next, 'THIRD-PARTY-LICENSES.txt'), licences(bundled));
fs.writeFileSync(path.join(next, 'sbom.cdx.json'), `${JSON.stringify(sbom(root, bundled), null, 2)}\n`);
fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
fs.renameSync(next, path.join(root, 'dist'));
compileAhead(Object.keys(metafile.outputs).map((file) => path.join(root, 'dist', path.basename(file))));
fs.writeFileSync(stamp, `${version}\n`);

/**
 * Fills the cache of compiled code that the programs use, so that the first start is as fast as the others and instances,
 * which are killed rather than ended, need not compile. Where it cannot be written, programs do without.
 */
function compileAhead(files) {
  // An older one builds, but cannot run what it has built: see bin/cbas.
  if (Number(process.versions.node.split('.')[0]) < 22) return;
  const isChunk = (file) =>
    file.endsWith('.js') && !/^(?:cbas|cbas-console|compute-worker|devtools-\w+)\.js$/.test(path.basename(file));
  const chunks = files.filter(isChunk).map((file) => pathToFileURL(file).href);
  const script = `
    require('node:module').enableCompileCache?.(${JSON.stringify(path.join(root, 'dist', '.cache'))});
    Promise.all(${JSON.stringify(chunks)}.map((chunk) => import(chunk))).then(() => process.exit(0));`;
  execFileSync(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'inherit'] });
}
