// Bundles the programs into dist/: the console first, the AWS clients in chunks of their own that load when they are needed.
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { inkFastOutput } from './ink-fast-output.mjs';

const root = path.resolve(import.meta.dirname, '..');
const stamp = path.join(root, 'dist', '.built');

/** Newest change under a path, in epoch ms. */
function newest(at) {
  const stat = fs.statSync(at);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...fs.readdirSync(at).map((name) => newest(path.join(at, name))));
}

/** The licences of all packages that went into the bundle: theirs asks for it. */
function licences(files) {
  const packages = new Set(
    files.map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(Boolean),
  );
  return [...packages]
    .sort()
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
  absWorkingDir: root,
  entryPoints: { cbas: 'src/cli/cbas.ts', 'cbas-console': 'src/cli/cbas-console.ts' },
  outdir: next,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // The SDK's ES modules can be shaken; its CommonJS cannot.
  mainFields: ['module', 'main'],
  // Native, with prebuilt binaries of its own.
  external: ['dynalite'],
  jsx: 'automatic',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  legalComments: 'eof',
  define: {
    'process.env.NODE_ENV': '"production"',
    'process.env.DEV': '"false"',
    CBAS_VERSION: JSON.stringify(version),
  },
  alias: { 'react-devtools-core': path.join(root, 'scripts/empty-module.mjs') },
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  plugins: [inkFastOutput],
  metafile: true,
  logLevel: 'warning',
});
fs.writeFileSync(path.join(next, 'THIRD-PARTY-LICENSES.txt'), licences(Object.keys(metafile.inputs)));
fs.writeFileSync(path.join(next, '.built'), `${version}\n`);
fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
fs.renameSync(next, path.join(root, 'dist'));
