import type { Files, LocalFile } from '../model/ports.ts';
import type { ManifestFile } from '../protocol/blobs.ts';
import type { TransferEnds } from './transfer-ends.ts';

interface Sent {
  readonly mark: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** What was sent of a job's files under one prefix: what has not changed since is not sent again. */
export class SentFiles {
  readonly #sent = new Map<string, Sent>();

  /** The file as a manifest names it; undefined when `goesOn` said no. */
  async send(
    { blobs, files }: TransferEnds,
    file: LocalFile & { readonly output: string; readonly key: string },
    goesOn: () => boolean = () => true,
  ): Promise<ManifestFile | undefined> {
    const { absolute, key, output, path } = file;
    const before = this.#sent.get(key);
    const mark = await markOf(files, absolute);
    if (before?.mark === mark && mark !== '') return { path, key, output, ...contentOf(before) };
    const sha256 = await files.sha256(absolute);
    // Touched, and the same as before.
    if (before?.sha256 !== sha256) {
      if (!goesOn() || (await blobs.putFile(key, absolute, goesOn)) === 'stopped') return undefined;
    }
    const sent = { mark, sizeBytes: file.sizeBytes, sha256 };
    // A program that went on writing meanwhile has made another file of it: the next time it is sent anew.
    if ((await markOf(files, absolute)) === mark) this.#sent.set(key, sent);
    else this.#sent.delete(key);
    return { path, key, output, ...contentOf(sent) };
  }

  has(key: string): boolean {
    return this.#sent.has(key);
  }
}

function contentOf({ sizeBytes, sha256 }: Sent): Pick<ManifestFile, 'sizeBytes' | 'sha256'> {
  return { sizeBytes, sha256 };
}

/** Another one when the file is another; empty when it is not there. */
export async function markOf(files: Files, file: string): Promise<string> {
  return (await files.facts(file))?.mark ?? '';
}
