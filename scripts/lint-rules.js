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

export default { rules: { rooms, pure } };
