import path from 'node:path';

const UI = path.resolve(import.meta.dirname, '../src/ui');

/**
 * esbuild plugin: puts our own frame composer, frame writer and width measure in the place of Ink's (see
 * src/ui/fast-output.ts and src/ui/frame-writer.ts for why). Only imports made inside Ink are answered; everybody else gets the real packages.
 *
 * In vitest the stock Ink runs, so that golden frames do not depend on the replacement; the differential tests compare
 * the two. To run a test on the replacement, use `resolve.alias` with `server.deps.inline: ['ink']` in its project.
 */
export const inkFastOutput = {
  name: 'ink-fast-output',
  setup(build) {
    const isInk = (importer) => /[\\/]node_modules[\\/]ink[\\/]build[\\/]/.test(importer);
    const measures = /[\\/]node_modules[\\/](?:ink|widest-line|cli-truncate|slice-ansi|wrap-ansi)[\\/]/;
    build.onResolve({ filter: /^string-width$/ }, ({ importer }) =>
      measures.test(importer) ? { path: path.join(UI, 'fast-string-width.ts') } : undefined,
    );
    build.onResolve({ filter: /^\.\/output\.js$/ }, ({ importer }) =>
      isInk(importer) ? { path: path.join(UI, 'fast-output.ts') } : undefined,
    );
    build.onResolve({ filter: /^\.\/log-update\.js$/ }, ({ importer }) =>
      isInk(importer) ? { path: path.join(UI, 'frame-writer.ts') } : undefined,
    );
  },
};
