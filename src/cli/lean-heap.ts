import v8 from 'node:v8';

/** The old generation is collected when it has grown by so much: by itself it may become three times what is in use. */
const GROWTH_PCT = 40;

/** For a program that stays open for days beside others. The young generation is bounded by bin/cbas: later is too late. */
export function keepHeapLean(): void {
  v8.setFlagsFromString(`--heap-growing-percent=${GROWTH_PCT}`);
}
