import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** Of what a tool says, so much is kept: the end, where the reason stands. */
const SAID_BYTES_MAX = 64 * 1024;

export interface ToolEnd {
  /** undefined when a signal ended it, or it could not be started. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Never rejects: one that cannot be started ends without a code and says why. */
export function runTool(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<ToolEnd> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    const said = { stdout: '', stderr: '' };
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    child.once('error', (error) => resolve({ code: undefined, stdout: '', stderr: error.message }));
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].on('data', (chunk: Buffer) => {
        said[stream] = (said[stream] + chunk.toString('utf8')).slice(-SAID_BYTES_MAX);
      });
    child.once('close', (code) => resolve({ code: code ?? undefined, ...said }));
  });
}

/** The last lines of what a tool said, on one line. */
export function lastWords({ stdout, stderr }: Pick<ToolEnd, 'stdout' | 'stderr'>, lines = 2): string {
  const said = (stderr.trim() === '' ? stdout : stderr).trim().split('\n');
  return said
    .slice(-lines)
    .map((line) => line.trim())
    .join('; ');
}

/** Where a program is found on a path, as `execvp` would; undefined when nowhere. */
export function which(
  program: string,
  where: { readonly path: string | undefined; readonly cwd?: string },
): string | undefined {
  if (program === '') return undefined;
  const candidates = program.includes('/')
    ? [path.resolve(where.cwd ?? '/', program)]
    : (where.path ?? '').split(':').map((folder) => path.resolve(where.cwd ?? '/', folder, program));
  return candidates.find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
