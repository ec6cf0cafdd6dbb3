/** Trouble with a file or a folder of the job's: whatever it did to them, the worker goes on. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';
}

/** What the machine lacks, not the job: room, descriptors, a disk that works. */
const MACHINE_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'ENFILE']);

/** Trouble of this worker's that has no file to it: the job goes back, and another worker tries. */
export function machineError(message: string): Error {
  return Object.assign(new Error(message), { code: 'EIO' });
}

export function isMachineError(error: unknown): error is NodeJS.ErrnoException {
  return isFileError(error) && MACHINE_CODES.has(error.code ?? '');
}
