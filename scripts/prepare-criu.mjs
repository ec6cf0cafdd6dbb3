// Brings a CRIU that works on new kernels, from Debian's own packages by apt, into node_modules/.cache/criu: nothing of the
// machine is changed, and no root is needed. Prints the program's path; ends with 1 and the reason where that fails.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** Debian 13 has CRIU 4.1; that of Debian 12 does not know the newer kernels. */
const SUITE = 'trixie';
const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

const home = path.resolve(import.meta.dirname, '..', 'node_modules', '.cache', 'criu');
const program = path.join(home, 'bin', 'criu');

function run(command, args) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Where this machine's own apt has Debian from. */
function debianArchive() {
  const places = ['/etc/apt/sources.list'];
  const folder = '/etc/apt/sources.list.d';
  if (fs.existsSync(folder)) places.push(...fs.readdirSync(folder).map((name) => path.join(folder, name)));
  const lines = places
    .filter((file) => fs.existsSync(file))
    .flatMap((file) => fs.readFileSync(file, 'utf8').split('\n'));
  const archives = lines.flatMap(
    (line) => /^(?:deb|URIs:)\s.*?(https?:\/\/\S+\/debian)\/?(?:\s|$)/.exec(line)?.[1] ?? [],
  );
  if (archives[0] === undefined) throw new Error('the apt of this machine knows no Debian archive');
  return archives[0];
}

function prepare() {
  const own = path.join(home, 'apt');
  const root = path.join(home, 'root');
  for (const folder of ['lists/partial', 'archives/partial', 'parts'])
    fs.mkdirSync(path.join(own, folder), { recursive: true });
  fs.mkdirSync(root, { recursive: true });
  fs.writeFileSync(path.join(own, 'status'), '');
  fs.writeFileSync(path.join(own, 'sources.list'), `deb [signed-by=${KEYS}] ${debianArchive()} ${SUITE} main\n`);
  // An apt of its own: no list, package or setting of the machine's is read or written.
  const options = {
    'Dir::State': own,
    'Dir::State::lists': path.join(own, 'lists'),
    'Dir::State::status': path.join(own, 'status'),
    'Dir::Cache': own,
    'Dir::Cache::archives': path.join(own, 'archives'),
    'Dir::Etc::sourcelist': path.join(own, 'sources.list'),
    'Dir::Etc::sourceparts': path.join(own, 'parts'),
    'Dir::Etc::preferencesparts': path.join(own, 'parts'),
    'APT::Sandbox::User': 'root',
    'Debug::NoLocking': '1',
  };
  const apt = (...words) =>
    run('apt-get', [
      ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
      '-qq',
      ...words,
    ]);
  apt('update');
  apt('-y', '--no-install-recommends', '--download-only', 'install', 'criu');
  for (const file of fs.readdirSync(path.join(own, 'archives')))
    if (file.endsWith('.deb')) run('dpkg-deb', ['-x', path.join(own, 'archives', file), root]);
  const find = (name) =>
    run('find', [root, '-name', name, '-type', 'f', '-o', '-name', name, '-type', 'l']).trim().split('\n')[0];
  const loader = find('ld-linux-*.so.*');
  const libraries = path.dirname(find('libprotobuf-c.so.1'));
  fs.mkdirSync(path.dirname(program), { recursive: true });
  // With its own loader and libraries, on this machine's files: in a chroot it could not see what it saves.
  const words = [loader, '--library-path', libraries, path.join(root, 'usr/sbin/criu')]
    .map((word) => `'${word}'`)
    .join(' ');
  fs.writeFileSync(program, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  fs.rmSync(own, { recursive: true, force: true });
}

try {
  if (!fs.existsSync(program)) prepare();
  console.error(run(program, ['--version']).trim());
  console.log(program);
} catch (error) {
  console.error(`no CRIU could be prepared: ${(error.stderr || error.message).trim()}`);
  process.exitCode = 1;
}
