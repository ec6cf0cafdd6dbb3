import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS, SECOND_MS } from '../engine/model/units.ts';
import { CliError, EXIT } from './exit.ts';

const UNITS_MS: Readonly<Record<string, number>> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** What an option like `--since` says: "90m", "24h", "7d". Throws what was expected, with the option's name. */
export function spanOf(option: string, text: string): DurationMs {
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count === '') throw new CliError(`${option} ${text}: expected a time like 90m, 24h or 7d`, EXIT.usage);
  return Number(count) * (UNITS_MS[unit] ?? 0);
}
