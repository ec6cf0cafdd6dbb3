/** The adapters' clock is the programs' clock. */
export { systemClock } from '../aws/system-clock.ts';
