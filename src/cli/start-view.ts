import { parseJobFilter } from '../engine/select/jobs-view.ts';
import { SCREENS, type ScreenId } from '../ui/screens.ts';
import { CliError, EXIT } from './exit.ts';

/** Where the console starts. */
export interface StartView {
  readonly screen?: ScreenId;
  readonly filter?: string;
}

/** `--screen` and `--filter`, else CBAS_SCREEN and CBAS_FILTER. A filter without a screen is one of jobs. */
export function startView(
  flags: { readonly screen?: string | undefined; readonly filter?: string | undefined },
  env: NodeJS.ProcessEnv,
): StartView {
  const filter = flags.filter ?? (env['CBAS_FILTER'] || undefined);
  const screen = flags.screen ?? (env['CBAS_SCREEN'] || undefined) ?? (filter === undefined ? undefined : 'jobs');
  if (screen !== undefined && !isScreen(screen)) {
    const said = flags.screen === undefined ? 'CBAS_SCREEN' : '--screen';
    throw new CliError(`${said} ${screen}: expected one of ${SCREENS.join(', ')}`, EXIT.usage);
  }
  if (filter !== undefined && screen === 'jobs') checkJobFilter(flags.filter === undefined ? 'CBAS_FILTER' : '--filter', filter); // prettier-ignore
  return { ...(screen !== undefined && { screen }), ...(filter !== undefined && { filter }) };
}

function isScreen(screen: string): screen is ScreenId {
  return (SCREENS as readonly string[]).includes(screen);
}

/** A filter that means something else than it says would show the wrong jobs: it is refused. */
export function checkJobFilter(from: string, filter: string): void {
  const [problem] = parseJobFilter(filter).problems;
  if (problem !== undefined) throw new CliError(`${from} '${filter}': ${problem}`, EXIT.usage);
}
