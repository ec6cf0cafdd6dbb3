import { JOB_STATES, type JobState } from '../engine/model/job.ts';
import { CliError, EXIT } from './exit.ts';

/** `--state running,failed`: the states named, in any case; undefined when the option was not given. */
export function statesOf(text: string | undefined): ReadonlySet<JobState> | undefined {
  if (text === undefined) return undefined;
  const words = text.toUpperCase().split(',').map((word) => word.trim()); // prettier-ignore
  const wrong = words.find((word) => !JOB_STATES.includes(word as JobState));
  if (wrong !== undefined)
    throw new CliError(
      `--state ${wrong}: expected ${JOB_STATES.join(', ')}, or several with commas between`,
      EXIT.usage,
    );
  return new Set(words as JobState[]);
}
