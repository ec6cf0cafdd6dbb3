import { safe } from '../ui/safe-text.ts';
import { CliError, EXIT } from './exit.ts';

interface Range {
  readonly min: number;
  readonly max: number;
}

/** A whole number of the command line. `what` names the option or argument in the error. */
export function wholeNumber(what: string, text: string, { min, max }: Range): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new CliError(`${what} ${safe(text)}: expected a whole number from ${min} to ${max}`, EXIT.usage);
  return value;
}

/** A number of the command line, fractions allowed. */
export function realNumber(what: string, text: string, { min, max }: Range): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= min && value <= max))
    throw new CliError(`${what} ${safe(text)}: expected a number from ${min} to ${max}`, EXIT.usage);
  return value;
}
