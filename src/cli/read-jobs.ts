import os from 'node:os';
import path from 'node:path';
import type { JobToSubmit } from '../engine/model/command.ts';
import type { JsonObject } from '../engine/model/units.ts';
import { deadlineOf } from '../engine/protocol/job-document.ts';
import type { ReadJobs } from '../ui/cockpit.ts';
import { readDocuments } from './read-documents.ts';
import { checkSubmission, Hashes, type Submission, withHashes } from './submit-jobs.ts';

/** More problems are not read by anybody at once: after these are mended the next ones are told. */
const PROBLEMS_MAX = 10;

/** The jobs of a file for a plan of the console: all of them right, or what is wrong with each, by its place in the file. */
export const readJobs: ReadJobs = async (file) => {
  try {
    const submissions = await readDocuments(file.replace(/^~(?=\/)/, os.homedir()));
    const problems: string[] = [];
    const hashes = new Hashes();
    const jobs: JobToSubmit[] = [];
    for (const submission of submissions) {
      try {
        jobs.push(await jobOf(submission, hashes));
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
    }
    if (problems.length === 0) return { ok: true, jobs };
    const more = problems.length - PROBLEMS_MAX;
    return { ok: false, problems: [...problems.slice(0, PROBLEMS_MAX), ...(more > 0 ? [`and ${more} more`] : [])] };
  } catch (error) {
    return { ok: false, problems: [error instanceof Error ? error.message : String(error)] };
  }
};

async function jobOf(submission: Submission, hashes: Hashes): Promise<JobToSubmit> {
  const document = await withHashes(checkSubmission(submission), submission, hashes);
  return {
    document: document as unknown as JsonObject,
    deadlineAt: deadlineOf(document, Date.parse),
    files: document.inputs
      .filter(({ from }) => from.startsWith('file:'))
      .map(({ from, to }) => ({ from: path.resolve(submission.baseDir, from.slice('file:'.length)), to })),
  };
}
