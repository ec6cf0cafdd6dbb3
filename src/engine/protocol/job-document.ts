import { DRIVER_NAMES } from '../model/checkpoint.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import {
  decode,
  type Decoded,
  described,
  either,
  list,
  literal,
  number,
  object,
  oneOf,
  optional,
  type Shape,
  table,
  text,
} from './shape.ts';

/** A document larger than this is refused: it must fit a table's item (400 kB) beside everything else. */
export const DOCUMENT_BYTES_MAX = 100_000;

const NAME = /^[^\u0000-\u001f\u007f]*$/;
const WORD = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** A path inside the job's folder: relative, without `..`, without a backslash or control characters. */
const INSIDE = /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\u0000-\u001f\u007f\\]+$/;
const SHA256 = /^([0-9a-f]{64})?$/;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

const insidePath = text({
  min: 1,
  max: 1_024,
  pattern: INSIDE,
  hint: 'must be a path inside the job folder: relative, without ".."',
});
const word = text({ min: 1, max: 80, pattern: WORD, hint: 'must be letters, digits, ".", "_" or "-"' });

const input = object({
  from: described(
    text({ min: 1, max: 2_048 }),
    'file:PATH (uploaded when the job is submitted) or s3:KEY of the deployment bucket',
  ),
  to: insidePath,
  sha256: described(
    // Empty is its own default: nobody said.
    optional(text({ max: 64, pattern: SHA256, hint: 'must be 64 hexadecimal digits, or empty' }), ''),
    'What it must be, as sha256sum prints it; of a file: it is filled in when the job is submitted. Jobs of one worker that want the same share it',
  ),
});
const output = object({
  path: described(insidePath, 'A path or pattern under the job folder: * within a name, ** over folders'),
  name: described(word, 'How the results are asked for'),
  send: described(
    optional(oneOf(['end', 'running']), 'end'),
    'running = each file as soon as it no longer changes, so that little is left to send at the end; what changes afterwards is sent again',
  ),
});
const needs = object({
  vcpus: optional(number({ min: 0.1, max: 448 }), 1),
  memoryMb: optional(number({ min: 1, max: 25_000_000 }), 256),
  diskMb: optional(number({ min: 0, max: 100_000_000 }), 100),
  gpus: optional(number({ min: 0, max: 16, whole: true }), 0),
  arch: optional(oneOf(['x86_64', 'arm64', 'any']), 'any'),
  types: described(
    optional(list(text({ min: 1, max: 40 }), { max: 100 }), []),
    'Instance types that may run it; none = any',
  ),
  regions: optional(list(text({ min: 1, max: 40 }), { max: 40 }), []),
});
const run = object({
  command: described(list(text({ max: 32_768 }), { min: 1, max: 1_000 }), 'Program and arguments; no shell in between'),
  env: optional(table(text({ max: 32_768 }), { key: ENVIRONMENT_NAME, max: 500 }), {}),
});
/** A program that ends with it says: my state is saved, run me again. The number that others use too. */
const CUSTOMARY_EXIT_CODE = 85;

const checkpoint = object({
  driver: described(
    optional(oneOf(['auto', ...DRIVER_NAMES]), 'auto'),
    'Who saves the work: app = the program itself; dmtcp or criu = a tool, around a program that knows nothing of it; none; auto = app where a signal or an exit code is declared, else what the worker’s machine can do; docs/checkpoints.md',
  ),
  intervalS: described(
    optional(either(literal('auto'), number({ min: 1, max: 86_400 })), 'auto'),
    'Seconds between checkpoints, or auto',
  ),
  signal: described(
    optional(either(literal('none'), oneOf(['SIGUSR1', 'SIGUSR2', 'SIGHUP'])), 'none'),
    'Sent to ask the program for a checkpoint; none = it saves at its own pace',
  ),
  exitCode: described(
    optional(either(oneOf(['none', 'auto']), number({ min: 1, max: 255, whole: true })), 'none'),
    `With this exit code the program says: my state is saved, run me again. No attempt is used up. auto = ${CUSTOMARY_EXIT_CODE}; none = no code means that`,
  ),
});
/** Of a program's output; what a person reads of it is far less. */
const LOG_MB = 16;

const logs = object({
  maxMb: described(
    optional(number({ min: 0.1, max: 1_000 }), LOG_MB),
    'Kept of what each run writes to stdout and stderr, in MiB: of each half of it, its beginning and its end; the middle is left out',
  ),
});
const retry = object({
  attempts: described(
    optional(number({ min: 1, max: 100, whole: true }), 1),
    'How often the program may be started before its failure is final; lost instances do not count',
  ),
  onExit: described(
    optional(list(number({ min: 1, max: 255, whole: true }), { max: 255 }), []),
    'Exit codes that are tried again; none = all',
  ),
  notOnExit: described(
    optional(list(number({ min: 1, max: 255, whole: true }), { max: 255 }), []),
    'Exit codes that are never tried again, e.g. those of wrong input',
  ),
  backoffS: described(
    optional(number({ min: 0, max: 3_600 }), 2),
    'Base of the wait before the next attempt: doubled each time, at most 15 minutes, with full jitter',
  ),
});
const record = object({
  book: word,
  key: described(
    text({ min: 1, max: 200, pattern: NAME, hint: 'must not have control characters' }),
    'One result counts per (book, key)',
  ),
  from: described(word, 'Name of the output that holds the record: JSON with numbers, e.g. {"n":…,"sum":…,"sumSq":…}'),
});

/** The one format for users, workers and the simulator. */
const documentShape = object({
  cbas: described(literal(1), 'Version of this format'),
  name: described(
    // Empty is its own default: a decoded document is stored, and must decode again.
    optional(text({ max: 128, pattern: NAME, hint: 'must not have control characters' }), ''),
    'For people; need not be unique',
  ),
  queue: optional(word, 'default'),
  priority: described(optional(number({ min: -1_000, max: 1_000, whole: true }), 0), 'Higher goes first'),
  owner: described(optional(text({ max: 128 }), ''), 'Whoever submits it, as AWS knows him; no other is taken'),
  run,
  inputs: optional(list(input, { max: 1_000 }), []),
  outputs: optional(list(output, { max: 100 }), []),
  needs: optional(needs, {
    vcpus: 1,
    memoryMb: 256,
    diskMb: 100,
    gpus: 0,
    arch: 'any',
    types: [],
    regions: [],
  } as const),
  estimate: optional(
    object({ workS: described(number({ min: 0, max: 31_536_000 }), 'Seconds of work on one worker') }),
    undefined,
  ),
  deadline: described(
    optional(text({ max: 40, pattern: ISO_TIME, hint: 'must be a time like 2026-12-01T12:00:00Z' }), undefined),
    'Finish by',
  ),
  bid: described(
    optional(object({ maxUsdPerHour: number({ min: 0.0001, max: 1_000 }) }), undefined),
    'Only workers whose price is at most this may take it',
  ),
  checkpoint: optional(checkpoint, { driver: 'auto', intervalS: 'auto', signal: 'none', exitCode: 'none' } as const),
  retry: optional(retry, { attempts: 1, onExit: [], notOnExit: [], backoffS: 2 } as const),
  logs: optional(logs, { maxMb: LOG_MB } as const),
  after: described(optional(list(text({ min: 1, max: 80 }), { max: 100 }), []), 'Ids of jobs that must succeed first'),
  record: optional(record, undefined),
});

export type JobDocument = typeof documentShape extends Shape<infer T> ? T : never;

/** The exit code that means "saved, run me again"; undefined where none does. */
export function checkpointExitCode({ checkpoint: { exitCode } }: JobDocument): number | undefined {
  if (exitCode === 'none') return undefined;
  return exitCode === 'auto' ? CUSTOMARY_EXIT_CODE : exitCode;
}

/** Kept of a run's output; of a document that cannot be read, as much as where it does not say. */
export function logBytesOf(document: unknown): number {
  const decoded = decodeJobDocument(document);
  return (decoded.ok ? decoded.value.logs.maxMb : LOG_MB) * 2 ** 20;
}

/** A job document from any JSON value: defaults filled in, or every problem with its path. */
export function decodeJobDocument(value: unknown): Decoded<JobDocument> {
  const decoded = decode(documentShape, value);
  if (!decoded.ok) return decoded;
  const { record: asRecord, outputs, deadline } = decoded.value;
  if (deadline !== undefined && !isTime(deadline))
    return { ok: false, problems: [{ path: 'deadline', problem: `there is no such time: ${deadline}` }] };
  if (asRecord !== undefined && !outputs.some(({ name }) => name === asRecord.from)) {
    return { ok: false, problems: [{ path: 'record.from', problem: `no output is named "${asRecord.from}"` }] };
  }
  return decoded;
}

/** The document as it is submitted by somebody: he is its owner. One that names another is refused, for nobody submits for others. */
export function ownedBy(document: JobDocument, identity: string): Decoded<JobDocument> {
  const { owner } = document;
  if (owner === '' || owner === identity) return { ok: true, value: { ...document, owner: identity } };
  return { ok: false, problems: [{ path: 'owner', problem: `is "${owner}", but it is "${identity}" who submits: leave it out` }] }; // prettier-ignore
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Whether the calendar and the clock have a time that is written as one: no 30th of February, no hour 24. */
function isTime(iso: string): boolean {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = (iso.match(/\d+/g) ?? []).map(Number);
  const [, second = '0', offsetHour = '0', offsetMinute = '0'] =
    /:\d\d(?::(\d\d)(?:\.\d+)?)?(?:Z|[+-](\d\d):(\d\d))$/.exec(iso) ?? [];
  const isLeapYear = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && isLeapYear ? 29 : (DAYS[month - 1] ?? 0);
  const hours = Math.max(hour, Number(offsetHour));
  const sixtieths = Math.max(minute, Number(second), Number(offsetMinute));
  return day >= 1 && day <= days && hours < 24 && sixtieths < 60;
}

/** The text of a file or a request: too large, not JSON, or a document with problems; never an exception. */
export function parseJobDocument(source: string): Decoded<JobDocument> {
  const sizeBytes = utf8Bytes(source);
  if (sizeBytes > DOCUMENT_BYTES_MAX) {
    return {
      ok: false,
      problems: [
        {
          path: '',
          problem: `has ${sizeBytes} bytes, at most ${DOCUMENT_BYTES_MAX} are allowed; put data into inputs`,
        },
      ],
    };
  }
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    return {
      ok: false,
      // The parser's message quotes the text as it is.
      problems: [
        { path: '', problem: `is not JSON: ${oneLine(error instanceof Error ? error.message : String(error))}` },
      ],
    };
  }
  return decodeJobDocument(value);
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

function oneLine(message: string): string {
  return message.slice(0, 200).replace(CONTROL, ' ');
}

/** Bytes of a text as it is stored: beyond ASCII a UTF-16 unit takes two or three, half a surrogate pair two. */
function utf8Bytes(source: string): number {
  let bytes = source.length;
  for (let at = 0; at < source.length; at++) {
    const unit = source.charCodeAt(at);
    if (unit > 0x7f) bytes += unit <= 0x7ff || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

/** 0 when the document sets no deadline. */
export function deadlineOf(document: JobDocument, parseTime: (iso: string) => EpochMs): EpochMs {
  return document.deadline === undefined ? 0 : parseTime(document.deadline);
}

/** JSON Schema (2020-12) of the document; `docs/job.schema.json` is this, kept so by a test. */
export function jobSchema(): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'CBAS job document',
    ...documentShape.schema,
  };
}
