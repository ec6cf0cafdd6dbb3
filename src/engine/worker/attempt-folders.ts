import path from 'node:path';
import type { Holder } from '../protocol/job-transition.ts';

/** Folders of one attempt. The agent alone writes outside `work` and `checkpoint`. */
export interface AttemptFolders {
  readonly root: string;
  /** The job's current directory. */
  readonly work: string;
  /** `CBAS_CHECKPOINT_DIR`: the program's saved state. */
  readonly checkpoint: string;
  /** Copies on their way to S3. */
  readonly copy: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly progress: string;
  /** `TMPDIR`. */
  readonly tmp: string;
  /** The agent's own: what a driver needs beside the job. Not saved with it. */
  readonly agent: string;
}

export function attemptFolders(jobsRoot: string, holder: Holder): AttemptFolders {
  return foldersIn(path.join(jobsRoot, holder.jobId, `e${holder.epoch}`));
}

/** Of a job whose memory holds paths, whatever worker it is on: its program sees its folder here. */
export function foldersSeen(jobId: string): AttemptFolders {
  return foldersIn(path.join(SAME_PATH, jobId));
}

/** The same on every worker. */
export const SAME_PATH = '/var/lib/cbas/jobs';

function foldersIn(root: string): AttemptFolders {
  return {
    root,
    work: path.join(root, 'work'),
    checkpoint: path.join(root, 'checkpoint'),
    copy: path.join(root, 'copy'),
    stdout: path.join(root, 'stdout'),
    stderr: path.join(root, 'stderr'),
    progress: path.join(root, 'progress'),
    tmp: path.join(root, 'tmp'),
    agent: path.join(root, 'agent'),
  };
}
