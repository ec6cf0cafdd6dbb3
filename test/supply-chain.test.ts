import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageFolders, sbom } from '../scripts/sbom.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const text = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly integrity?: string;
}

const manifest = JSON.parse(text('package.json')) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
};
const { packages } = JSON.parse(text('package-lock.json')) as { readonly packages: Readonly<Record<string, Locked>> };
const locked = Object.entries(packages).filter(([at]) => at !== '');

/** Permissive ones, which ask for no more than their text. */
const ALLOWED = [
  'MIT',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  '0BSD',
  'BlueOak-1.0.0',
  '(MIT OR CC0-1.0)',
];
/** Of files that we neither change nor ship. */
const ALLOWED_FOR_BUILDING = [...ALLOWED, 'MPL-2.0'];

describe('dependencies', () => {
  test('docs/dependencies.md has a whole line for each, with the version and licence that the lockfile has', () => {
    const lines = text('docs/dependencies.md')
      .split('\n')
      .filter((line) => /^\| (?!package |-)/.test(line))
      .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
    const asked = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies };
    expect(Object.fromEntries(lines.map(([name, version]) => [name, version]))).toEqual(asked);
    for (const line of lines) {
      const [name = '', , licence, size, released, ...why] = line;
      expect(licence, name).toBe(packages[`node_modules/${name}`]?.license);
      expect(size, name).toMatch(/\d MB/);
      expect(released, name).toMatch(/^20\d\d-\d\d-\d\d$/);
      expect(why.filter((cell) => cell !== ''), name).toHaveLength(2); // prettier-ignore
    }
    expect(text('docs/dependencies.md')).toContain(`All packages of the lockfile, ${locked.length} of them`);
  });

  test('their licences are allowed, those of the whole tree', () => {
    const others = locked.filter(
      ([, { license = 'none', dev }]) => !(dev === true ? ALLOWED_FOR_BUILDING : ALLOWED).includes(license),
    );
    expect(others.map(([at, { license }]) => `${at}: ${license ?? 'none'}`)).toEqual([]);
  });

  test('what is installed says the licence that the lockfile says', () => {
    const differing = locked.flatMap(([at, { license }]) => {
      const file = path.join(at, 'package.json');
      if (!fs.existsSync(path.join(ROOT, file))) return [];
      const said = (JSON.parse(text(file)) as { readonly license?: string | { readonly type: string } }).license;
      // The way of old.
      const own = typeof said === 'object' ? said.type : said;
      return own === license ? [] : [`${at}: ${own ?? 'none'} instead of ${license ?? 'none'}`];
    });
    expect(differing).toEqual([]);
  });

  test('no install script but those that are known, and none is run', () => {
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const names = scripted.map(([at]) => at.slice(at.lastIndexOf('node_modules/') + 13));
    expect(names.toSorted()).toEqual(Object.keys(manifest.allowScripts).toSorted());
    expect(Object.values(manifest.allowScripts).some((isAllowed) => isAllowed)).toBe(false);
  });

  test('each has an exact version and a hash, and no address', () => {
    const asked = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies }); // prettier-ignore
    expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(locked.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-')).map(([at]) => at)).toEqual([]);
    expect(text('package-lock.json')).not.toContain('"resolved"');
  });
});

describe('the bill of materials', () => {
  const bundled = packageFolders([
    'src/cli/cbas.ts',
    'node_modules/ink/build/index.js',
    'node_modules/ink/build/render.js',
    'node_modules/@aws-sdk/client-s3/dist-es/index.js',
  ]);
  const bill = sbom(ROOT, bundled);

  test('has what is bundled, what an installation brings, and nothing that only builds and tests', () => {
    const shipped = (how: string) =>
      bill.components.filter(({ properties }) => properties[0]?.value === how).map(({ name }) => name);
    expect(shipped('bundled')).toEqual(['@aws-sdk/client-s3', 'ink']);
    const production = locked.filter(([, { dev }]) => dev !== true).map(([at]) => at.slice(at.lastIndexOf('node_modules/') + 13)); // prettier-ignore
    expect(shipped('installed').toSorted()).toEqual(production.toSorted());
    expect(production).toContain('dynalite');
    expect(production).not.toContain('vitest');
  });

  test('names licence and hash of each, and who needs whom; the same again is the same', () => {
    for (const { name, version, purl, licenses, hashes } of bill.components) {
      expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`);
      expect(ALLOWED, name).toContain(licenses[0]?.license?.id ?? licenses[0]?.expression);
      expect(hashes[0]?.alg).toBe('SHA-512');
      expect(hashes[0]?.content, name).toMatch(/^[0-9a-f]{128}$/);
    }
    const refs = [bill.metadata.component['bom-ref'], ...bill.components.map((one) => one['bom-ref'])];
    expect(new Set(refs).size).toBe(refs.length);
    expect(bill.dependencies.map(({ ref }) => ref)).toEqual(refs);
    expect(bill.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.includes(ref))).toEqual([]);
    expect(bill.dependencies[0]?.dependsOn.some((ref) => ref.startsWith('node_modules/dynalite@'))).toBe(true);
    expect(sbom(ROOT, bundled)).toEqual(bill);
  });

  test('a package that the lockfile does not know is an error, not a gap', () => {
    expect(() => sbom(ROOT, ['node_modules/nobodys'])).toThrow(/node_modules\/nobodys: in the bundle, but not in/);
  });
});
