import { createHash, type Hash } from 'node:crypto';
import zlib from 'node:zlib';
import { ServiceError } from '../service.ts';

/** Takes bytes piece by piece; the digest is base64, as S3 writes checksums. */
interface Digest {
  update(bytes: Buffer): void;
  value(): string;
}

/** Checksum algorithms by the name that ends their header, in upper case. */
const ALGORITHMS = new Map<string, () => Digest>(
  Object.entries({
    CRC32: () => crcDigest((bytes, crc) => zlib.crc32(bytes, crc)),
    CRC32C: () => crcDigest(crc32c),
    SHA1: () => hashDigest(createHash('sha1')),
    SHA256: () => hashDigest(createHash('sha256')),
  }),
);

export function newDigest(algorithm: string): Digest {
  const create = ALGORITHMS.get(algorithm);
  if (create !== undefined) return create();
  throw new ServiceError(
    'NotImplemented',
    `The embedded S3 does not compute ${algorithm.slice(0, 40)} checksums.`,
    501,
  );
}

const hashDigest = (hash: Hash): Digest => ({
  update: (bytes) => void hash.update(bytes),
  value: () => hash.digest('base64'),
});

function crcDigest(next: (bytes: Buffer, crc: number) => number): Digest {
  let crc = 0;
  return {
    update: (bytes) => void (crc = next(bytes, crc)),
    value: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(crc);
      return bytes.toString('base64');
    },
  };
}

/** Castagnoli polynomial, reflected. Check value: "123456789" gives 0xE3069283. */
const CASTAGNOLI = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ CASTAGNOLI : crc >>> 1;
  return crc >>> 0;
});

export function crc32c(bytes: Buffer, crc = 0): number {
  let state = ~crc >>> 0;
  for (const byte of bytes) state = (TABLE[(state ^ byte) & 0xff] ?? 0) ^ (state >>> 8);
  return ~state >>> 0;
}
