import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import type { ProgramArch, ProgramPins, ProgramPin } from '../../../engine/protocol/manifest-item.ts';
import { type TarEntry, tarOf } from './tar.ts';

/** Folders and files of the package that instances need; `dist` without the cache of compiled code, which is one machine's. */
const PARTS = ['bin', 'dist', 'package.json', 'LICENSE'] as const;
const LEFT_OUT = new Set(['.cache', '.built']);
/** Of a hash in a key: enough that no two of a deployment meet. */
const KEY_HASH_CHARS = 16;
export const BUNDLE_FOLDER = 'bundle/';

export interface PackSource {
  /** Where package.json, bin and a built dist lie. */
  readonly root: string;
  readonly version: string;
  /** A Node for each architecture that workers may have; at least one. */
  readonly nodes: readonly { readonly arch: ProgramArch; readonly file: string }[];
}

/** What is put into the bucket: the pins, and where the bytes of each are. */
export interface PackedProgram {
  readonly pins: ProgramPins;
  readonly bodies: readonly { readonly pin: ProgramPin; readonly md5: string; readonly body: Buffer | string }[];
}

/**
 * The program as instances fetch it: one archive, and beside it a Node for each architecture, as it is (it changes seldom, and
 * is 120 MB that are fetched within a region in a second or two).
 */
export function packProgram({ root, version, nodes }: PackSource): PackedProgram {
  const archive = zlib.gzipSync(tarOf(entriesOf(root)), { level: 9 });
  const packed = pinned(archive, archive, (hash) => `cbas-${version}-${hash}.tar.gz`);
  const packedNodes = nodes.map(({ arch, file }) => ({
    arch,
    ...pinned(fs.readFileSync(file), file, (hash) => `node-${arch}-${hash}`),
  }));
  return {
    pins: { version, archive: packed.pin, nodes: packedNodes.map(({ arch, pin }) => ({ arch, ...pin })) },
    bodies: [packed, ...packedNodes].map(({ pin, md5, body }) => ({ pin, md5, body })),
  };
}

/** The architecture that a program of Linux was built for; undefined where the file is none that workers could run. */
export function archOf(file: string): ProgramArch | undefined {
  const head = Buffer.alloc(20);
  const handle = fs.openSync(file, 'r');
  try {
    fs.readSync(handle, head, 0, head.length, 0);
  } finally {
    fs.closeSync(handle);
  }
  // ELF, 64 bits, little-endian; then the machine, as the ELF specification numbers them.
  if (head.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return undefined;
  return { 0x3e: 'x86_64', 0xb7: 'arm64' }[head.readUInt16LE(18)] as ProgramArch | undefined;
}

function pinned(bytes: Buffer, body: Buffer | string, nameOf: (hash: string) => string) {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const key = `${BUNDLE_FOLDER}${nameOf(sha256.slice(0, KEY_HASH_CHARS))}`;
  return { pin: { key, sha256, sizeBytes: bytes.length }, md5: createHash('md5').update(bytes).digest('hex'), body };
}

/** Sorted, so that the same package is the same archive. */
function entriesOf(root: string): readonly TarEntry[] {
  return PARTS.flatMap((part) => filesOf(root, part)).map((file) => ({
    path: file,
    bytes: fs.readFileSync(path.join(root, file)),
    isExecutable: file.startsWith('bin/'),
  }));
}

function filesOf(root: string, at: string): readonly string[] {
  if (!fs.statSync(path.join(root, at)).isDirectory()) return [at];
  return fs
    .readdirSync(path.join(root, at))
    .filter((name) => !LEFT_OUT.has(name))
    .sort()
    .flatMap((name) => filesOf(root, `${at}/${name}`));
}
