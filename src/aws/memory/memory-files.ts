import { createHash } from 'node:crypto';
import type { Files, LocalFile } from '../../engine/model/ports.ts';

interface Entry {
  readonly bytes: Buffer;
  readonly mark: string;
}

/** A disk that holds texts and bytes by absolute path. Folders exist as soon as something lies in them. */
export class MemoryFiles implements Files {
  readonly #entries = new Map<string, Entry>();
  #marks = 0;

  async makeFolder(): Promise<void> {}

  async removeTree(path: string): Promise<void> {
    for (const name of this.#entries.keys())
      if (name === path || name.startsWith(`${path}/`)) this.#entries.delete(name);
  }

  async facts(file: string): Promise<{ readonly sizeBytes: number; readonly mark: string } | undefined> {
    const entry = this.#entries.get(file);
    return entry === undefined ? undefined : { sizeBytes: entry.bytes.length, mark: entry.mark };
  }

  async read(file: string, range?: { readonly from: number; readonly bytes: number }): Promise<string> {
    const bytes = this.bytes(file);
    return (range === undefined ? bytes : bytes.subarray(range.from, range.from + range.bytes)).toString('utf8');
  }

  async readBytes(file: string, range: { readonly from: number; readonly bytes: number }): Promise<Uint8Array> {
    return this.bytes(file).subarray(range.from, range.from + range.bytes);
  }

  async free(file: string, upTo: number): Promise<boolean> {
    const bytes = this.bytes(file);
    this.put(file, Buffer.concat([Buffer.alloc(Math.min(upTo, bytes.length)), bytes.subarray(upTo)]));
    return true;
  }

  async write(file: string, text: string): Promise<void> {
    this.put(file, Buffer.from(text));
  }

  async append(file: string, text: string): Promise<void> {
    const before = this.#entries.get(file)?.bytes ?? Buffer.alloc(0);
    this.put(file, Buffer.concat([before, Buffer.from(text)]));
  }

  async replace(file: string, text: string): Promise<void> {
    this.put(file, Buffer.from(text));
  }

  async list(folder: string): Promise<readonly LocalFile[]> {
    const found = [...this.#entries].filter(([name]) => name.startsWith(`${folder}/`));
    return found
      .map(([absolute, { bytes }]) => ({
        path: absolute.slice(folder.length + 1),
        absolute,
        sizeBytes: bytes.length,
      }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async copy(files: readonly LocalFile[], into: string): Promise<readonly LocalFile[]> {
    await this.removeTree(into);
    return files.map((file) => {
      const absolute = `${into}/${file.path}`;
      const bytes = this.bytes(file.absolute);
      this.put(absolute, bytes);
      return { path: file.path, absolute, sizeBytes: bytes.length };
    });
  }

  async sha256(file: string): Promise<string> {
    return createHash('sha256').update(this.bytes(file)).digest('hex');
  }

  async copyFile(from: string, to: string): Promise<void> {
    this.put(to, this.bytes(from));
  }

  /** For whoever stands in for a program: at once. */
  put(file: string, bytes: Buffer): void {
    this.#entries.set(file, { bytes, mark: String(++this.#marks) });
  }

  has(file: string): boolean {
    return this.#entries.has(file);
  }

  bytes(file: string): Buffer {
    const entry = this.#entries.get(file);
    if (entry === undefined) throw Object.assign(new Error(`ENOENT: no such file, '${file}'`), { code: 'ENOENT' });
    return entry.bytes;
  }
}
