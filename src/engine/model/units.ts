/** Units are said in type and name, unit last. They are aliases: the name at the use carries the meaning. */

/** Epoch milliseconds, UTC. `at` = when it became true, `observedAt` = when we learned it. */
export type EpochMs = number;
/** A length of time in milliseconds. */
export type DurationMs = number;
export type UsdPerHour = number;
export type Usd = number;
/** 0 to 100. */
export type Pct = number;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Any value that JSON can hold; what tables, journals and messages are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };
export type JsonObject = { readonly [key: string]: Json | undefined };
