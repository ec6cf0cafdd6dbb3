import { parseJobFilter } from '../engine/select/jobs-view.ts';
import type { ScreenId } from '../ui/screens.ts';
import { CliError, EXIT } from './exit.ts';

/** Where the console starts. */
export interface StartView {
  readonly screen?: ScreenId | undefined;
  readonly filter?: string | undefined;
}

/** The screen and the filter that were set. A filter without a screen is one of jobs. */
export function startView({ screen, filter }: StartView): StartView {
  const first = screen ?? (filter === undefined ? undefined : 'jobs');
  if (filter !== undefined && first === 'jobs') checkJobFilter('--filter', filter);
  return { ...(first !== undefined && { screen: first }), ...(filter !== undefined && { filter }) };
}

/** A filter that means something else than it says would show the wrong jobs: it is refused. */
export function checkJobFilter(from: string, filter: string): void {
  const [problem] = parseJobFilter(filter).problems;
  if (problem !== undefined) throw new CliError(`${from} '${filter}': ${problem}`, EXIT.usage);
}
