import fs from 'node:fs';
import { builtinModules, createRequire } from 'node:module';

/** Bytes that a package's module is expected to hold; when a new version of it looks otherwise, the build says so and stops. */
function must(found, file, what) {
  if (!found) throw new Error(`${file}: ${what} was not found; scripts/lean-modules.mjs knows another version of it`);
  return found;
}

/**
 * Yoga keeps its WebAssembly as base64 in a data: URL and gets it with `fetch`, which loads all of Node's HTTP clients:
 * 55 ms before the first frame. Its loader takes bytes as well.
 */
const yogaBytes = {
  filter: /[\\/]yoga-layout[\\/]dist[\\/]binaries[\\/]yoga-wasm-base64-esm\.js$/,
  rewrite(text, file) {
    const [, base64] = must(
      /"data:application\/octet-stream;base64,([A-Za-z0-9+/=]+)"/.exec(text),
      file,
      'its data: URL',
    );
    must(text.includes('export default loadYoga;'), file, 'its export');
    return text
      .replace(base64, '')
      .replace(
        'export default loadYoga;',
        `export default () => loadYoga({ wasmBinary: Buffer.from(${JSON.stringify(base64)}, 'base64') });`,
      );
  },
};

/**
 * The SDK describes shapes as arrays of constants, of which a program needs a few and EC2 has thousands. Keys that are
 * computed keep a bundler from dropping an array that nobody uses: a key might run code. All of theirs are constant strings.
 */
const sdkSchemas = {
  filter: /[\\/]@aws-sdk[\\/]client-[a-z0-9-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/,
  rewrite(text, file) {
    const constants = new Map(
      [...text.matchAll(/^const (_\w+) = ("(?:[^"\\]|\\.)*");$/gm)].map(([, name, value]) => [name, value]),
    );
    return text.replace(/([{,]\s*)\[(_\w+)\]:/g, (_, before, name) => {
      return `${before}${must(constants.get(name), file, `the constant ${name}`)}:`;
    });
  },
};

/** Ink's packages make a grapheme segmenter as they are imported. The first one of a process takes 20 ms, most frames need none. */
const lazySegmenter = {
  filter: /[\\/]node_modules[\\/](?:ink[\\/]build|wrap-ansi|slice-ansi)[\\/][\w-]+\.js$/,
  rewrite: (text) =>
    text.replace(
      /^const (\w+) = (new Intl\.Segmenter\(.*\));$/m,
      'let made;\nconst $1 = { segment: (text) => (made ??= $2).segment(text) };',
    ),
};

/**
 * string-width builds its grapheme segmenter and its tables of emoji as soon as it is imported: 30 ms, for text that most
 * programs never see. Here it is loaded at the first text that needs it.
 */
const LAZY_STRING_WIDTH = `
let measure;
export default function stringWidth(text, options) {
  measure ??= require('string-width').default;
  return measure(text, options);
}
`;

/** Exports of `node:http` that nobody wants of it, and that load that client: a dynamic import would read them. */
const LATE = new Set(['WebSocket', 'CloseEvent', 'MessageEvent']);

/**
 * A built-in module that is imported has all its exports read at once, those too that load something at the first look:
 * `node:http` then loads a WebSocket client and all of fetch, 60 ms in every process. Asked for by `getBuiltinModule` it
 * does not; here each export that is used is read by itself, and the bundler drops the others.
 */
function builtinSource(name) {
  const names = Object.keys(createRequire(import.meta.url)(name)).filter(
    (key) => /^[a-zA-Z_$][\w$]*$/.test(key) && !LATE.has(key),
  );
  return [
    `const builtin = /* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(name)});`,
    'export default builtin;',
    ...names.map((key, at) => `const e${at} = /* @__PURE__ */ (() => builtin.${key})();`),
    `export { ${names.map((key, at) => `e${at} as ${key}`).join(', ')} };`,
  ].join('\n');
}

const builtinName = (specifier) => (specifier.startsWith('node:') ? specifier : `node:${specifier}`);
const BUILTINS = new Set(builtinModules.map(builtinName));

/** esbuild plugin: packages that do at import what they could do at use, or never. What they do stays the same. */
export const leanModules = {
  name: 'lean-modules',
  setup(build) {
    for (const { filter, rewrite } of [yogaBytes, sdkSchemas, lazySegmenter]) {
      build.onLoad({ filter }, ({ path }) => ({
        contents: rewrite(fs.readFileSync(path, 'utf8'), path),
        loader: 'js',
      }));
    }
    build.onResolve({ filter: /^[a-z0-9_:/]+$/ }, ({ kind, path }) =>
      (kind === 'import-statement' || kind === 'dynamic-import') && BUILTINS.has(builtinName(path))
        ? { path: builtinName(path), namespace: 'builtin', sideEffects: false }
        : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: builtinSource(path),
      loader: 'js',
    }));
    build.onResolve({ filter: /^string-width$/ }, ({ kind, resolveDir }) =>
      kind === 'import-statement' ? { path: 'lazy', namespace: 'string-width', pluginData: resolveDir } : undefined,
    );
    build.onLoad({ filter: /^lazy$/, namespace: 'string-width' }, ({ pluginData: resolveDir }) => ({
      contents: LAZY_STRING_WIDTH,
      resolveDir,
      loader: 'js',
    }));
  },
};
