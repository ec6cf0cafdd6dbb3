import v8 from 'node:v8';

/** The old generation is collected when it has grown by so much: by itself it may become three times what is in use. */
const GROWTH_PCT = 40;

/** What bin/cbas tells the C library, which has read it by now: a program that is started from here is to have its own. */
export const ALLOCATOR: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' };

/** For a program that stays open for days beside others. The young generation is bounded by bin/cbas: later is too late. */
export function keepHeapLean(): void {
  v8.setFlagsFromString(`--heap-growing-percent=${GROWTH_PCT}`);
  for (const [name, value] of Object.entries(ALLOCATOR)) if (process.env[name] === value) delete process.env[name];
}
