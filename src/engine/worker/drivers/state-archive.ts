import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import type { LocalFile } from '../../model/ports.ts';
import type { AttemptFolders } from '../attempt-folders.ts';
import type { PackedState } from './checkpoint-driver.ts';
import { lastWords, runTool } from './tool.ts';

/** Level 1: as fast as a disk; the job runs again meanwhile, on the same processors. */
const ZSTD = { params: { [zlib.constants.ZSTD_c_compressionLevel ?? 100]: 1 } };
/** Node 20 has no zstd; what it saves is stored as it is. */
export const PACKED: 'none' | 'zstd' = typeof zlib.createZstdCompress === 'function' ? 'zstd' : 'none';

/** The two files of a checkpoint: memory, and the job's files as they were then. */
export const IMAGES = 'images.tar';
export const FILES = 'files.tar';

/** Everything of a job's folder that its program may have changed. */
const MEMBERS = ['work', 'tmp', 'checkpoint', 'stdout', 'stderr', 'progress'] as const;

/** Copies a job's files as they are now, links, modes and times included; by reference where the file system can. */
export async function copyJobFiles(folders: AttemptFolders, into: string): Promise<string | undefined> {
  await fs.promises.rm(into, { recursive: true, force: true });
  await fs.promises.mkdir(into, { recursive: true });
  const present = MEMBERS.filter((name) => fs.existsSync(path.join(folders.root, name)));
  const copied = await runTool(['cp', '-a', '--reflink=auto', '--', ...present, `${into}/`], { cwd: folders.root });
  return copied.code === 0 ? undefined : `its files could not be copied: ${lastWords(copied)}`;
}

/** Memory and files of one moment, as they go to S3. Called while the job runs again: it is what takes long. */
export async function packState(
  into: string,
  { images, files }: { readonly images: string; readonly files: string },
): Promise<PackedState> {
  const packed = [await packFolder(images, path.join(into, IMAGES)), await packFolder(files, path.join(into, FILES))];
  return { files: packed, committed: () => fs.rmSync(into, { recursive: true, force: true }) };
}

/** One file of a whole folder, packed; the folder is removed. */
async function packFolder(folder: string, into: string): Promise<LocalFile> {
  await fs.promises.mkdir(path.dirname(into), { recursive: true });
  const tar = spawn('tar', ['-C', folder, '--sparse', '-cf', '-', '.'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = endOf(tar, `packing ${folder}`);
  const out = fs.createWriteStream(into);
  await Promise.all([
    ended,
    PACKED === 'zstd' ? pipeline(tar.stdout, zlib.createZstdCompress(ZSTD), out) : pipeline(tar.stdout, out),
  ]);
  await fs.promises.rm(folder, { recursive: true, force: true });
  const { size } = await fs.promises.stat(into);
  return { path: path.basename(into), absolute: into, sizeBytes: size };
}

/**
 * The other way round; a sentence when this Node cannot. Its hash was right: where it cannot be unpacked all the same, the
 * machine is at fault, and the error says so.
 */
export async function unpackFolder(file: string, into: string, packed: 'none' | 'zstd'): Promise<string | undefined> {
  if (packed === 'zstd' && PACKED !== 'zstd') return 'it is packed with zstd, which this Node does not have';
  await fs.promises.mkdir(into, { recursive: true });
  const tar = spawn('tar', ['-C', into, '-xpf', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  const from = fs.createReadStream(file);
  const through =
    packed === 'zstd' ? pipeline(from, zlib.createZstdDecompress(), tar.stdin) : pipeline(from, tar.stdin);
  // tar ends at the archive's end mark, and may leave the padding behind it unread: its own word counts.
  const [unpacked] = await Promise.allSettled([endOf(tar, 'unpacking it'), through]);
  if (unpacked.status === 'rejected') throw unpacked.reason;
  return undefined;
}

/** A job's files as a checkpoint holds them, in place of what lies there. */
export async function restoreJobFiles(
  file: string,
  folders: AttemptFolders,
  packed: 'none' | 'zstd',
): Promise<string | undefined> {
  for (const name of MEMBERS) await fs.promises.rm(path.join(folders.root, name), { recursive: true, force: true });
  return unpackFolder(file, folders.root, packed);
}

function endOf(
  child: { readonly stderr: Readable | null; readonly stdin?: Writable | null } & NodeJS.EventEmitter,
  what: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-2_000)));
    child.once('error', reject);
    child.once('close', (code: number | null) =>
      code === 0
        ? resolve()
        : reject(Object.assign(new Error(`${what}: tar: ${lastWords({ stdout: '', stderr: said })}`), { code: 'EIO' })),
    );
  });
}

/** Room for the memory of so many processes and a copy of the job's files, with a third to spare; a sentence when there is not. */
export async function lackOfRoom(
  folder: string,
  need: { readonly rssBytes: number; readonly processes: number; readonly fileBytes: number },
): Promise<string | undefined> {
  const { bavail, bsize } = await fs.promises.statfs(folder);
  const freeBytes = bavail * bsize;
  const neededBytes = 1.3 * (need.rssBytes + need.processes * PROCESS_BYTES + need.fileBytes);
  if (freeBytes >= neededBytes) return undefined;
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1_000_000)} MB`;
  return `it needs ${megabytes(neededBytes)} of disk, and ${megabytes(freeBytes)} are free`;
}

/** What an image of a process takes beside its memory: libraries, tables. */
const PROCESS_BYTES = 25_000_000;
