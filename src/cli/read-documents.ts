import fs from 'node:fs';
import path from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { DOCUMENT_BYTES_MAX } from '../engine/protocol/job-document.ts';
import { CliError, EXIT } from './exit.ts';
import type { Submission } from './submit-jobs.ts';

/** A file is read whole; more than this is no list of jobs that a person wrote. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** The documents of a file or of stdin (`-`): one document, a list of them, or one on each line. */
export async function readDocuments(file: string): Promise<readonly Submission[]> {
  const source = file === '-' ? 'stdin' : file;
  const baseDir = file === '-' ? process.cwd() : path.dirname(path.resolve(file));
  const text = (await readSource(file)).replace(/^\uFEFF/, '');
  if (text.trim() === '') throw new CliError(`${source}: is empty; expected a job document`, EXIT.usage);
  return parseDocuments(source, text).map((document) => ({ ...document, baseDir }));
}

/** The text of a file or of stdin (`-`). */
export async function readSource(file: string): Promise<string> {
  if (file === '-') return readAll(process.stdin);
  try {
    const { size } = fs.statSync(file);
    if (size > FILE_BYTES_MAX)
      throw new CliError(`${file}: has ${size} bytes, at most ${FILE_BYTES_MAX} are read`, EXIT.usage);
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${file}: ${(error as Error).message}`, EXIT.usage);
  }
}

type Document = Pick<Submission, 'value' | 'source'>;

function parseDocuments(source: string, text: string): readonly Document[] {
  const whole = tryParse(text);
  if (whole.ok && Array.isArray(whole.value))
    return whole.value.map((value, at) => sized(`${source}[${at}]`, value, serialised(value)));
  if (whole.ok) return [sized(source, whole.value, text)];
  const lines = text.split('\n').map((line, at) => ({ line: line.trim(), source: `${source} line ${at + 1}` }));
  const filled = lines.filter(({ line }) => line !== '');
  // A document that is spread over lines begins with a line that is none by itself.
  const [first] = filled;
  if (filled.length < 2 || first === undefined || !tryParse(first.line).ok)
    throw new CliError(`${source}: is not JSON: ${whole.why}`, EXIT.usage);
  return filled.map(({ line, source: where }) => {
    const parsed = tryParse(line);
    if (!parsed.ok) throw new CliError(`${where}: is not JSON: ${parsed.why}`, EXIT.usage);
    return sized(where, parsed.value, line);
  });
}

function sized(source: string, value: unknown, text: string): Document {
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > DOCUMENT_BYTES_MAX)
    throw new CliError(
      `${source}: the document has ${sizeBytes} bytes, at most ${DOCUMENT_BYTES_MAX} are allowed; put data into inputs`,
      EXIT.usage,
    );
  return { value, source };
}

/** Nested so deeply that it cannot even be written down: larger than any document may be. */
function serialised(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return ' '.repeat(DOCUMENT_BYTES_MAX + 1);
  }
}

function tryParse(
  text: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, why: (error as Error).message };
  }
}
