import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAwsChunked } from '../../../src/aws/local/wire/aws-chunked.ts';

interface Decoded {
  readonly bytes: Buffer;
  readonly trailers: Readonly<Record<string, string>>;
}

async function decode(pieces: readonly Buffer[]): Promise<Decoded> {
  const trailers = new Map<string, string>();
  async function* source(): AsyncGenerator<Buffer> {
    yield* pieces;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of decodeAwsChunked({ pieces: source(), trailers })) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), trailers: Object.fromEntries(trailers) };
}

const frame = (chunks: readonly Uint8Array[], extension: string): Buffer[] =>
  chunks
    .filter((chunk) => chunk.length > 0)
    .flatMap((chunk) => [
      Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`),
      Buffer.from(chunk),
      Buffer.from('\r\n'),
    ]);

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length));
}

test('whatever is framed comes back, wherever the network cuts it', async () => {
  const trailer = fc.record({
    name: fc.stringMatching(/^x-amz-[a-z0-9]{1,10}$/),
    value: fc.stringMatching(/^[\w+/=]{1,20}$/),
  });
  const body = fc.record({
    chunks: fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
    trailers: fc.array(trailer, { maxLength: 3 }),
    extension: fc.constantFrom('', ';chunk-signature=0123abcd'),
    places: fc.array(fc.nat(), { maxLength: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(body, async ({ chunks, trailers, extension, places }) => {
      const lines = trailers.map(({ name, value }) => `${name}:${value}\r\n`).join('');
      const framed = Buffer.concat([...frame(chunks, extension), Buffer.from(`0${extension}\r\n${lines}\r\n`)]);
      const decoded = await decode(cut(framed, places));
      expect(decoded.bytes.equals(Buffer.concat(chunks))).toBe(true);
      expect(decoded.trailers).toEqual(Object.fromEntries(trailers.map(({ name, value }) => [name, value])));
    }),
  );
});

test('whatever is cut short is refused, and nothing makes it hang or return as if whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), async (chunk, place) => {
      const framed = Buffer.concat([...frame([chunk], ''), Buffer.from('0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n')]);
      await expect(decode([framed.subarray(0, place % framed.length)])).rejects.toMatchObject({
        code: 'IncompleteBody',
      });
    }),
  );
});

test.each([
  ['a size that is none', 'zz\r\nab\r\n0\r\n\r\n'],
  ['a negative size', '-1\r\n\r\n0\r\n\r\n'],
  ['a size beyond 32 bits', 'fffffffff\r\n'],
  ['a chunk longer than its size', '1\r\nab\r\n0\r\n\r\n'],
  ['bytes after the end', '0\r\n\r\nGET / HTTP/1.1\r\n'],
  ['a trailer without a colon', '0\r\nx\r\n\r\n'],
  ['a line without an end', 'a'.repeat(10_000)],
  ['more trailers than anyone needs', `0\r\n${Array.from({ length: 40 }, (_, n) => `x${n}:1\r\n`).join('')}\r\n`],
])('%s is refused', async (_, text) => {
  await expect(decode([Buffer.from(text)])).rejects.toMatchObject({ code: 'InvalidRequest' });
});
