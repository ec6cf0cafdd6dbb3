import fs from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import { schemaText } from '../../src/cli/commands/schema.ts';
import { decodeJobDocument, type JobDocument, jobSchema } from '../../src/engine/protocol/job-document.ts';

const validate = new Ajv2020({ strict: true, allErrors: true }).compile(jobSchema());

test('docs/job.schema.json is current: node scripts/write-schema.ts', async () => {
  const file = path.resolve(import.meta.dirname, '../../docs/job.schema.json');
  const expected = await format(schemaText(), { ...(await resolveConfig(file)), filepath: file });
  expect(fs.readFileSync(file, 'utf8')).toBe(expected);
});

const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
const inside = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** Documents that are right, in all their breadth. */
const documents = fc
  .record(
    {
      cbas: fc.constant(1),
      name: some(word),
      queue: some(word),
      priority: some(fc.integer({ min: -1_000, max: 1_000 })),
      owner: some(fc.string({ maxLength: 20 })),
      run: fc.record(
        {
          command: fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
          env: some(fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/), fc.string())),
        },
        { requiredKeys: ['command'] },
      ),
      inputs: some(fc.array(fc.record({ from: fc.constant('file:x'), to: inside }), { maxLength: 3 })),
      outputs: fc.array(fc.record({ path: inside, name: word }), { minLength: 1, maxLength: 3 }),
      needs: some(
        fc.record({ vcpus: number(0.1, 448), gpus: fc.integer({ min: 0, max: 16 }), arch: fc.constantFrom('x86_64', 'arm64', 'any'), types: fc.array(word) }, { requiredKeys: [] }),
      ),
      estimate: some(fc.record({ workS: number(0, 1e6) })),
      deadline: some(fc.constantFrom('2026-12-01T12:00:00Z', '2026-12-01T12:00+01:00', '2026-12-01T12:00:00.5Z')),
      bid: some(fc.record({ maxUsdPerHour: number(0.0001, 1_000) })),
      checkpoint: some(fc.record({ driver: fc.constantFrom('auto', 'app', 'none'), intervalS: fc.oneof(fc.constant('auto'), number(1, 86_400)), signal: fc.constantFrom('none', 'SIGUSR1', 'SIGUSR2', 'SIGHUP') }, { requiredKeys: [] })),
      retry: some(fc.record({ attempts: fc.integer({ min: 1, max: 100 }), onExit: fc.array(fc.integer({ min: 1, max: 255 })) }, { requiredKeys: [] })),
      after: some(fc.array(word, { maxLength: 3 })),
      record: some(fc.record({ book: word, key: word })),
    },
    { requiredKeys: ['cbas', 'run', 'outputs'] },
  )
  .map(({ record, ...document }) => {
    const from = document.outputs[0]?.name;
    return JSON.parse(JSON.stringify({ ...document, ...(record && { record: { ...record, from } }) })) as Tree;
  }); // prettier-ignore

type Tree = { [name: string]: unknown };

describe('schema and decoder agree', () => {
  test('on documents that are right', () => {
    fc.assert(
      fc.property(documents, (document) => {
        expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
        expect(decodeJobDocument(document)).toMatchObject({ ok: true });
      }),
      { numRuns: 200 },
    );
  });

  test('on such documents with any one place changed to anything', () => {
    const change = fc.record({ at: fc.nat(), value: fc.oneof(fc.jsonValue({ maxDepth: 1 }), number(-1e4, 1e6)) });
    fc.assert(
      fc.property(documents, change, (document, { at, value }) => {
        const places = placesOf(document);
        const place = places[at % places.length];
        if (place === undefined) return;
        (place.holder as Tree)[place.name] = value;
        const decoded = decodeJobDocument(document);
        // The one rule that a schema cannot say: a record is taken from an output that exists.
        const beyondSchema = !decoded.ok && decoded.problems.every(({ problem }) => problem.startsWith('no output is named')); // prettier-ignore
        expect(validate(document)).toBe(decoded.ok || beyondSchema);
      }),
      { numRuns: 1_000 },
    );
  });

  const least: Tree = { cbas: 1, run: { command: ['true'] } };
  test.each<readonly [string, unknown]>([
    ['null', null],
    ['a list', []],
    ['no version', { run: { command: ['true'] } }],
    ['another version', { ...least, cbas: 2 }],
    ['no command', { cbas: 1, run: {} }],
    ['an empty command', { cbas: 1, run: { command: [] } }],
    ['a command that is a text', { cbas: 1, run: { command: 'true' } }],
    ['a member too many', { ...least, comand: [] }],
    ['a member too many inside', { cbas: 1, run: { command: ['true'], shell: true } }],
    ['a long name', { ...least, name: 'x'.repeat(129) }],
    ['a name with a control', { ...least, name: 'a\nb' }],
    ['a priority with a fraction', { ...least, priority: 0.5 }],
    ['a priority too high', { ...least, priority: 1_001 }],
    ['a path that climbs', { ...least, outputs: [{ path: 'a/../../b', name: 'o' }] }],
    ['an absolute path', { ...least, inputs: [{ from: 's3:x', to: '/etc/passwd' }] }],
    ['a backslash', { ...least, outputs: [{ path: 'a\\b', name: 'o' }] }],
    ['an output name with a space', { ...least, outputs: [{ path: 'a', name: 'o o' }] }],
    ['an environment name with =', { cbas: 1, run: { command: ['true'], env: { 'A=B': 'c' } } }],
    ['a deadline without a zone', { ...least, deadline: '2026-12-01T12:00:00' }],
    ['an arch of its own', { ...least, needs: { arch: 'mips' } }],
    ['half a GPU', { ...least, needs: { gpus: 0.5 } }],
    ['a bid of nothing', { ...least, bid: { maxUsdPerHour: 0 } }],
    ['exit code 0 tried again', { ...least, retry: { onExit: [0] } }],
    ['a signal that ends', { ...least, checkpoint: { signal: 'SIGKILL' } }],
  ])('both refuse %s', (_what, document) => {
    expect(validate(document)).toBe(false);
    expect(decodeJobDocument(document).ok).toBe(false);
  });

  test('a decoded document is a right one again: what is stored can be submitted', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const once = decodeJobDocument(document) as { readonly value: JobDocument };
        const stored = JSON.parse(JSON.stringify(once.value)) as Tree;
        // An empty name is what "none" is stored as; a document may as well leave it out.
        if (stored['name'] === '') delete stored['name'];
        expect(validate(stored), JSON.stringify(validate.errors)).toBe(true);
        expect(decodeJobDocument(stored)).toEqual(once);
      }),
      { numRuns: 100 },
    );
  });
});

/** Every member and element of a document. */
function placesOf(value: unknown): readonly { readonly holder: object; readonly name: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [{ holder: value, name }, ...placesOf(member)]);
}
