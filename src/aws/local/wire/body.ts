import type { Readable } from 'node:stream';
import { ServiceError } from '../service.ts';

/** Largest body that is held in memory: SQS and SNS allow 1 MiB of payload, which JSON and base64 may inflate. */
export const BODY_MAX_BYTES = 2 * 1024 * 1024;

/** The pieces of a body. Leaving the loop early keeps the connection, so that the refusal can still be sent. */
export const piecesOf = (body: Readable): AsyncIterable<Buffer> =>
  ({ [Symbol.asyncIterator]: () => body.iterator({ destroyOnReturn: false }) }) as AsyncIterable<Buffer>;

/** Reads a whole body, or refuses it as soon as it is known to be too long. */
export async function readBody(body: Readable, maxBytes = BODY_MAX_BYTES): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of piecesOf(body)) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) {
      throw new ServiceError('RequestEntityTooLarge', `The request body is longer than ${maxBytes} bytes.`, 413);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes);
}
