import type { Files, ProcessEnd } from '../model/ports.ts';
import type { Pct } from '../model/units.ts';
import type { AttemptFolders } from './attempt-folders.ts';

/** Read of the progress file: more is no number. */
const PROGRESS_BYTES_MAX = 32;
/** The last line of stderr as a reason carries it. */
const SAID_CHARS_MAX = 200;
/** Enough of stderr to hold its last line. */
const TAIL_BYTES = 4_096;

/** What the program wrote into `CBAS_PROGRESS_FILE`: a number from 0 to 100; undefined while it says nothing that is one. */
export async function readProgress(files: Files, folders: AttemptFolders): Promise<Pct | undefined> {
  const written = await files.read(folders.progress, { from: 0, bytes: PROGRESS_BYTES_MAX }).catch(() => '');
  const text = written.trim();
  const value = Number(text);
  return text === '' || !Number.isFinite(value) ? undefined : Math.min(100, Math.max(0, value));
}

/** How a program ended, for its owner: exit code or signal, and the last thing that it said. */
export async function describeEnd(
  program: string,
  end: ProcessEnd,
  disk: { readonly files: Files; readonly folders: AttemptFolders },
): Promise<string> {
  if (end.launchFailed !== undefined) return `${program} cannot be started: ${end.launchFailed}`;
  const stderr = await tailOf(disk.files, disk.folders.stderr).catch(() => '');
  const said = stderr.trim().split('\n').at(-1)?.slice(0, SAID_CHARS_MAX) ?? '';
  const ended = end.signal === undefined ? `exit ${end.exitCode}` : `ended by ${end.signal}`;
  const how = end.outOfMemory === undefined ? ended : `${memoryWord(end.outOfMemory)}; ${ended}`;
  return said === '' ? how : `${how}: "${said}"`;
}

function memoryWord({ limitBytes }: NonNullable<ProcessEnd['outOfMemory']>): string {
  const limit = limitBytes === 0 ? "the machine's" : `${Math.round(limitBytes / 2 ** 20)} MiB of its slot`;
  return `out of memory: it used up ${limit}, and the kernel ended it`;
}

/** The end of a file of any size. */
async function tailOf(files: Files, file: string): Promise<string> {
  const size = (await files.facts(file))?.sizeBytes ?? 0;
  const bytes = Math.min(size, TAIL_BYTES);
  return files.read(file, { from: size - bytes, bytes });
}
