/** A regular file in an archive. */
export interface TarEntry {
  /** With forward slashes; at most 100 bytes. */
  readonly path: string;
  readonly bytes: Buffer;
  readonly isExecutable: boolean;
}

const BLOCK = 512;
const PATH_BYTES_MAX = 100;

/**
 * A POSIX archive (ustar) of files. The same files give the same bytes: no times, no owners, and in the order given. So its hash
 * names what is in it.
 */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap(({ path, bytes, isExecutable }) => [
    header(path, bytes.length, isExecutable ? 0o755 : 0o644),
    bytes,
    Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(path: string, sizeBytes: number, mode: number): Buffer {
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) throw new Error(`${path}: longer than ${PATH_BYTES_MAX} bytes`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): void => {
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  };
  block.write(path, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(sizeBytes, 124, 11);
  octal(0, 136, 11);
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  // The sum is taken with blanks in its own place.
  block.write('        ', 148, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
