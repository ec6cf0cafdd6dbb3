import { simulate } from './simulate.ts';

// Whoever started it has gone: nobody reads what it would find.
process.stdin.resume().on('end', () => process.exit(1));

let unhandled: string[] = [];
process.on('unhandledRejection', (reason) => {
  unhandled.push(`unhandled: ${reason instanceof Error ? reason.stack : String(reason)}`);
});

/**
 * Runs seeds one after the other and prints one JSON line for each: `run-seeds FIRST STEP COUNT HOURS`. With STEP 2, two
 * processes share the seeds between them. Ends at the first violation if STOP is given.
 */
const [first = 1, step = 1, count = 1, hours = 2] = process.argv.slice(2, 6).map(Number);
const stops = process.argv[6] === 'stop';
for (let at = 0; at < count; at++) {
  unhandled = [];
  const result = await simulate(first + at * step, hours);
  const simulated = { ...result, violations: [...result.violations, ...unhandled] };
  process.stdout.write(`${JSON.stringify(simulated)}\n`);
  if (stops && simulated.violations.length > 0) break;
}
process.exit(0);
