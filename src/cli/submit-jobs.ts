import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { uuidV7 } from '../engine/model/ids.ts';
import { maxRunningOf } from '../engine/decide/owner-quota.ts';
import type { Settings } from '../engine/model/deployment.ts';
import type { BlobStore } from '../engine/model/blob-store.ts';
import { blobKeys } from '../engine/protocol/blobs.ts';
import { deadlineOf, decodeJobDocument, type JobDocument, ownedBy } from '../engine/protocol/job-document.ts';
import { newJobItem } from '../engine/protocol/job-item.ts';
import { MISC, settingsOf } from '../engine/protocol/misc-item.ts';
import { submitJob } from '../engine/protocol/operator-job-writes.ts';
import { placeInTurn } from '../engine/run/take-turns.ts';
import { describeProblems } from '../engine/protocol/shape.ts';
import { CliError, EXIT } from './exit.ts';
import { inLanes } from './lanes.ts';
import { freshRng, type Wired } from './wire.ts';

/** A document as somebody wrote it, and the folder that its `file:` inputs are relative to. */
export interface Submission {
  readonly value: unknown;
  readonly baseDir: string;
  /** How errors name it: a file, or "line 3 of jobs.jsonl". */
  readonly source?: string;
}

export interface Submitted {
  readonly id: string;
  readonly name: string;
}

interface Checked {
  readonly id: string;
  readonly document: JobDocument;
  readonly baseDir: string;
}

/**
 * Checks every document first, uploads the inputs, then writes the items: a job that is acknowledged has all that it
 * needs, and one bad document among many submits none. Returns in the order given.
 */
export async function submitJobs(wired: Wired, submissions: readonly Submission[]): Promise<readonly Submitted[]> {
  const rng = freshRng();
  const at = Date.now();
  const hashed = new Hashes();
  const checked: Checked[] = [];
  for (const submission of submissions) {
    const owned = ownDocument(checkSubmission(submission), submission, wired.deployment.identity);
    const document = await withHashes(owned, submission, hashed);
    checked.push({ id: uuidV7(at, rng), document, baseDir: submission.baseDir });
  }
  const uploads = checked.flatMap(({ id, document, baseDir }) =>
    document.inputs
      .filter(({ from }) => from.startsWith('file:'))
      .map(({ from, to }) => ({
        key: blobKeys.input(id, to),
        file: path.resolve(baseDir, from.slice('file:'.length)),
      })),
  );
  const settings = await acceptingSettings(wired);
  const isLimited = maxRunningOf(settings, wired.deployment.identity) !== undefined;
  await uploadAll(wired.blobs, uploads);
  const items = checked.map(({ id, document }, position) =>
    // Ids of one millisecond do not sort by order of submission: each job is a microsecond younger than the one before it.
    newJobItem(
      {
        id,
        document,
        deadlineAt: deadlineOf(document, Date.parse),
        at: at + position / 1_000,
        ...(isLimited && { waits: 'parked' }),
      },
      wired.deployment,
    ),
  );
  // Uploads take what they take: readers of changes look for a time near the write, not near its preparation.
  const owner = wired.deployment.identity;
  const placed = await placeInTurn(items, { store: wired.store, deployment: wired.deployment, settings, owner, at });
  if (!placed.ok) throw new CliError(placed.why, placed.kind === 'limit' ? EXIT.refused : EXIT.tryAgain);
  await inLanes(placed.items, (item) => wired.store.write(submitJob({ ...item, changedAt: Date.now() })));
  return checked.map(({ id, document }) => ({ id, name: document.name }));
}

/** After `cbas kill --all` nothing new comes in, until somebody opens submission again. */
async function acceptingSettings({ store, deployment }: Wired): Promise<Settings> {
  const settings = settingsOf(await store.get('misc', MISC.settings));
  if (settings.accepting) return settings;
  throw new CliError(
    `${deployment.name} accepts no jobs: everything in it was ended (cbas kill --all); open it again with: cbas release --all`,
    EXIT.refused,
  );
}

/** Who submits it owns it. */
function ownDocument(
  document: JobDocument,
  { source = 'the job document' }: Submission,
  identity: string,
): JobDocument {
  const owned = ownedBy(document, identity);
  if (!owned.ok) throw new CliError(`${source}: ${describeProblems(owned.problems)}`, EXIT.usage);
  return owned.value;
}

/** The document with its defaults, or an error that names where it is wrong. */
export function checkSubmission({ value, baseDir, source = 'the job document' }: Submission): JobDocument {
  const decoded = decodeJobDocument(value);
  if (!decoded.ok) throw new CliError(`${source}: ${describeProblems(decoded.problems)}`, EXIT.usage);
  const document = decoded.value;
  for (const { from } of document.inputs) {
    if (!from.startsWith('file:') && !from.startsWith('s3:'))
      throw new CliError(`${source}: inputs: ${JSON.stringify(from)} must begin with file: or s3:`, EXIT.usage);
    if (!from.startsWith('file:')) continue;
    const file = path.resolve(baseDir, from.slice('file:'.length));
    if (!fs.existsSync(file) || !fs.statSync(file).isFile())
      throw new CliError(`${source}: inputs: there is no file ${file}`, EXIT.usage);
  }
  return document;
}

/** SHA-256 by file: many jobs may have one input. */
export class Hashes extends Map<string, string> {
  async of(file: string): Promise<string> {
    const known = this.get(file);
    if (known !== undefined) return known;
    const hash = createHash('sha256');
    await pipeline(fs.createReadStream(file), hash);
    const sha256 = hash.digest('hex');
    this.set(file, sha256);
    return sha256;
  }
}

/** Says of each file what it is now: a worker then stages that, or nothing. */
export async function withHashes(document: JobDocument, submission: Submission, hashes: Hashes): Promise<JobDocument> {
  const inputs: JobDocument['inputs'][number][] = [];
  for (const input of document.inputs) {
    const isFile = input.from.startsWith('file:');
    const file = path.resolve(submission.baseDir, input.from.slice('file:'.length));
    const sha256 = isFile ? await hashes.of(file) : input.sha256;
    if (input.sha256 !== '' && input.sha256 !== sha256)
      throw new CliError(
        `${submission.source ?? 'the job document'}: inputs: ${file} has sha256 ${sha256}, not ${input.sha256}`,
        EXIT.usage,
      );
    inputs.push({ ...input, sha256 });
  }
  return { ...document, inputs };
}

async function uploadAll(
  blobs: BlobStore,
  uploads: readonly { readonly key: string; readonly file: string }[],
): Promise<void> {
  await inLanes(uploads, ({ key, file }) => blobs.putFile(key, file));
}
