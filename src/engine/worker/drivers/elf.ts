import fs from 'node:fs';
import path from 'node:path';
import { which } from './tool.ts';

const ELF = 0x7f454c46;
const INTERPRETER = 3;
/** Of a script's first line. */
const LINE_BYTES_MAX = 256;
/** A script may be run by a script; deeper than this is none that the kernel runs. */
const DEPTH_MAX = 4;

/**
 * Whether a program loads its libraries when it starts, and so can be given one more: an ELF file that names a loader, or a
 * script that such a program runs. 'static' otherwise; undefined when it cannot be told.
 */
export function linkageOf(
  file: string,
  where: { readonly path: string | undefined },
  depth = 0,
): 'dynamic' | 'static' | undefined {
  let head: Buffer;
  try {
    head = headOf(file);
  } catch {
    return undefined;
  }
  const script = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(head.toString('latin1').split('\n')[0] ?? '');
  if (script !== null && depth < DEPTH_MAX) {
    const [, interpreter = '', argument] = script;
    // `env` only looks the real one up.
    const program = path.basename(interpreter) === 'env' && argument !== undefined ? argument : interpreter;
    const found = which(program, where);
    return found === undefined ? undefined : linkageOf(found, where, depth + 1);
  }
  if (head.length < 64 || head.readUInt32BE(0) !== ELF) return undefined;
  return namesInterpreter(file, head) ? 'dynamic' : 'static';
}

function headOf(file: string): Buffer {
  const handle = fs.openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(LINE_BYTES_MAX);
    return buffer.subarray(0, fs.readSync(handle, buffer, 0, buffer.length, 0));
  } finally {
    fs.closeSync(handle);
  }
}

/** Program headers of a 64-bit file in this machine's byte order: offset at 32, size of one at 54, their number at 56. */
function namesInterpreter(file: string, head: Buffer): boolean {
  const [from, size, count] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(54), head.readUInt16LE(56)];
  const handle = fs.openSync(file, 'r');
  try {
    const table = Buffer.alloc(size * count);
    fs.readSync(handle, table, 0, table.length, from);
    return Array.from({ length: count }, (_, at) => table.readUInt32LE(at * size)).includes(INTERPRETER);
  } finally {
    fs.closeSync(handle);
  }
}
