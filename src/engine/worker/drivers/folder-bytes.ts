import type { AttemptFolders } from '../attempt-folders.ts';
import { runTool } from './tool.ts';

/** What the files of a job take on the disk; 0 where that cannot be told. */
export async function folderBytes({ work, tmp }: AttemptFolders): Promise<number> {
  const told = await runTool(['du', '-sk', '--', work, tmp]);
  return told.stdout.split('\n').reduce((sum, line) => sum + 1_024 * (Number.parseInt(line, 10) || 0), 0);
}
