import { spanWords } from '../engine/decide/deadline-outlook.ts';
import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from '../engine/model/units.ts';

/** "in 4 h", "12 m ago" or "none". */
export function deadlineWords(deadlineAt: EpochMs, now: EpochMs): string {
  if (deadlineAt === 0) return 'none';
  return deadlineAt > now ? `in ${spanWords(deadlineAt - now)}` : `${spanWords(now - deadlineAt)} ago`;
}

const UNITS_MS: Readonly<Record<string, number>> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** A time from now ("90m", "1h30m", "2d"), a time of its own (ISO 8601), or "none" (0); NaN when it is none of these. */
export function parseDeadline(text: string, now: EpochMs): EpochMs {
  const said = text.trim().toLowerCase();
  if (said === 'none') return 0;
  if (/^(\d+(\.\d+)?[smhd])+$/.test(said)) {
    let ms = 0;
    for (const [, count = '0', unit = 's'] of said.matchAll(/(\d+(?:\.\d+)?)([smhd])/g)) ms += Number(count) * (UNITS_MS[unit] ?? 0); // prettier-ignore
    return Math.round(now + ms);
  }
  return /^\d{4}-\d{2}-\d{2}/.test(said) ? Date.parse(text.trim()) : Number.NaN;
}
