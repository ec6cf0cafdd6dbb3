import path from 'node:path';
import { ROOMS, roomOf } from '../rooms.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const CLOCK_AND_CHANCE = new Set([
  'Date',
  'performance',
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'Promise',
  'console',
  'crypto',
]);

/** `cbas/rooms`: an import must be allowed by rooms.js; a pure room imports no package at all. */
const rooms = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = path.relative(ROOT, context.filename).split(path.sep).join('/');
    const room = roomOf(file);
    if (room === undefined) return {};
    const { pure, imports } = ROOMS[room];
    const check = (node) => {
      const source = node.source?.value;
      if (typeof source !== 'string') return;
      if (!source.startsWith('.')) {
        if (pure) context.report({ node, message: `${room} is pure: it imports no package, not even ${source}.` });
        return;
      }
      const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), source));
      const targetRoom = roomOf(target);
      if (targetRoom === room || imports === '*') return;
      if (targetRoom === undefined || !imports.includes(targetRoom)) {
        context.report({ node, message: `${room} may not import ${targetRoom ?? target}; see rooms.js.` });
      }
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

/** `cbas/pure`: no clock, chance, promise or I/O in a pure room. */
const pure = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = path.relative(ROOT, context.filename).split(path.sep).join('/');
    const room = roomOf(file);
    if (room === undefined || !ROOMS[room].pure) return {};
    return {
      'Program:exit'(node) {
        for (const reference of context.sourceCode.getScope(node).through) {
          const { name } = reference.identifier;
          if (CLOCK_AND_CHANCE.has(name) && reference.isValueReference !== false) {
            context.report({
              node: reference.identifier,
              message: `${room} is pure: no ${name} here; pass it in as a value.`,
            });
          }
        }
      },
      'MemberExpression[object.name="Math"][property.name="random"]'(node) {
        context.report({ node, message: `${room} is pure: chance is a seeded Rng.` });
      },
      ':function[async=true]'(node) {
        context.report({ node, message: `${room} is pure: nothing here waits.` });
      },
    };
  },
};

/** Where text is made fit for a terminal, and the few places that write to one. Everything else goes through these. */
const SAFE_MAKERS = new Set(['src/ui/safe-text.ts', 'src/ui/line.ts']);
const TERMINAL_WRITERS = new Set([
  // What verbs print; the others write sequences and sentences of our own, and nothing that comes from elsewhere.
  'src/cli/output.ts',
  'src/cli/begin.ts',
  'src/cli/cbas.ts',
  'src/cli/ask-background.ts',
  'src/ui/render.tsx',
]);

/**
 * `cbas/safe-text`: untrusted text has no road to the terminal but the sanitiser. Only the sanitiser makes `Safe`, only
 * `line.ts` makes `Painted`, nothing draws with Ink's Text, and frames are `Painted`; only `output.ts` prints.
 */
const safeText = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = path.relative(ROOT, context.filename).split(path.sep).join('/');
    if (!file.startsWith('src/')) return {};
    const isStream = (node) =>
      (node.type === 'MemberExpression' && ['stdout', 'stderr'].includes(node.property.name)) ||
      (node.type === 'Identifier' && ['stdout', 'stderr'].includes(node.name));
    return {
      TSAsExpression(node) {
        const to = node.typeAnnotation.typeName?.name;
        if ((to === 'Safe' || to === 'Painted') && !SAFE_MAKERS.has(file))
          context.report({ node, message: `Only safe() and paintLine() make ${to}.` });
      },
      'ImportDeclaration[source.value="ink"] ImportSpecifier[imported.name="Text"]'(node) {
        context.report({ node, message: 'Frames are rows of Painted, see app.tsx: Text takes anything.' });
      },
      'CallExpression[callee.property.name="write"]'(node) {
        if (isStream(node.callee.object) && !TERMINAL_WRITERS.has(file))
          context.report({ node, message: 'Print with print() or note() of cli/output.ts: they make text safe.' });
      },
      'MemberExpression[object.name="console"]'(node) {
        context.report({ node, message: 'Print with print() or note() of cli/output.ts: they make text safe.' });
      },
      'JSXElement[openingElement.name.name=/^ink-/]'(node) {
        context.report({ node, message: 'Frames are rows of Painted, see app.tsx.' });
      },
    };
  },
};

export default { rules: { rooms, pure, 'safe-text': safeText } };
