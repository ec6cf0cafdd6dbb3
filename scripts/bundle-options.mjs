import path from 'node:path';
import { leanModules } from './lean-modules.mjs';

/** How the programs are bundled, for whoever runs a part of them: production React. */
export function bundleOptions(root, version) {
  return {
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    // The SDK's ES modules can be shaken; its CommonJS cannot.
    mainFields: ['module', 'main'],
    jsx: 'automatic',
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: false,
    define: {
      'process.env.NODE_ENV': '"production"',
      'process.env.DEV': '"false"',
      CBAS_VERSION: JSON.stringify(version),
    },
    alias: { 'react-devtools-core': path.join(root, 'scripts/empty-module.mjs') },
    banner: {
      js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
    },
    plugins: [leanModules],
    logLevel: 'warning',
  };
}
