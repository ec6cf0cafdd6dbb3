import { defineConfig } from 'vitest/config';

/** `unit` is part of `npm run check`; `simulation` and `e2e`, which starts real processes, are part of `npm test`. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/e2e/**', 'test/simulation/**'],
          testTimeout: 30_000,
          // Tests share no state by rule, so their files need no process each: loading Ink and the AWS clients once for
          // each process, not once for each file, is 40% of the time.
          isolate: false,
          // All cores; the default leaves one of them idle, which is half of a small machine.
          maxWorkers: '100%',
        },
      },
      // Days of a whole deployment, on as many processes as there are cores: a file at a time.
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
