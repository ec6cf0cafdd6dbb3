import type { Plugin } from 'esbuild';

export const inkFastOutput: Plugin;
