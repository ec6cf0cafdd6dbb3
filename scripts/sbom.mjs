import fs from 'node:fs';
import path from 'node:path';

/** Folders of the packages that files of a bundle come from. */
export function packageFolders(files) {
  const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
  return [...new Set(files.map((file) => folder.exec(file)?.[1]).filter(Boolean))].sort();
}

/**
 * The bill of materials (CycloneDX 1.5) of what is shipped. npm's own would leave out what is bundled, which are development
 * dependencies to it. Without a time or a serial number: the same lockfile and sources give the same bytes.
 */
export function sbom(root, bundled) {
  const { packages } = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const installed = reached(packages);
  const inside = new Set(bundled);
  const paths = [...new Set([...inside, ...installed])].sort();
  const own = packages[''];
  const ownRef = `${own.name}@${own.version}`;
  const component = (at) => componentOf(at, packages[at], inside.has(at) ? 'bundled' : 'installed');
  const refs = (at) =>
    [...needsOf(packages, at)]
      .filter((need) => inside.has(need) || installed.has(need))
      .map((need) => refOf(need, packages[need]));
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': ownRef,
        name: own.name,
        version: own.version,
        purl: `pkg:npm/${own.name}@${own.version}`,
        licenses: licencesOf(own.license),
      },
    },
    components: paths.map(component),
    dependencies: [
      { ref: ownRef, dependsOn: refs('') },
      ...paths.map((at) => ({ ref: refOf(at, packages[at]), dependsOn: refs(at) })),
    ],
  };
}

function componentOf(at, entry, shipped) {
  if (entry === undefined) throw new Error(`${at}: in the bundle, but not in package-lock.json; run npm install`);
  const name = nameOf(at);
  const [alg = '', hash = ''] = (entry.integrity ?? '').split('-');
  return {
    type: 'library',
    'bom-ref': refOf(at, entry),
    name,
    version: entry.version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${entry.version}`,
    scope: entry.optional === true && shipped === 'installed' ? 'optional' : 'required',
    licenses: licencesOf(entry.license),
    hashes:
      hash === '' ? [] : [{ alg: alg.replace('sha', 'SHA-'), content: Buffer.from(hash, 'base64').toString('hex') }],
    properties: [{ name: 'cbas:shipped', value: shipped }],
  };
}

function licencesOf(text = '') {
  return /\s/.test(text) ? [{ expression: text }] : [{ license: { id: text } }];
}

const nameOf = (at) => at.slice(at.lastIndexOf('node_modules/') + 'node_modules/'.length);
/** One package may lie in several places. */
const refOf = (at, { version }) => `${at}@${version}`;

/** Everything that an installation without development dependencies brings. */
function reached(packages) {
  const seen = new Set();
  const open = [...needsOf(packages, '', ['dependencies', 'optionalDependencies'])];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    open.push(...needsOf(packages, at));
  }
  return seen;
}

/** Where the packages lie that one asks for, as Node finds them: from its own folder upwards. */
function* needsOf(
  packages,
  at,
  kinds = ['dependencies', 'optionalDependencies', ...(at === '' ? ['devDependencies'] : [])],
) {
  for (const name of kinds.flatMap((kind) => Object.keys(packages[at]?.[kind] ?? {})))
    for (let folder = at; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
      const found = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
      if (packages[found] !== undefined) yield found;
      if (packages[found] !== undefined || folder === '') break;
    }
}
