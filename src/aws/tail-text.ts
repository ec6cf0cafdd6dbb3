/** UTF-8 that may begin in the middle of a character: what is left of that one is dropped. A character has at most three such bytes. */
export function tailText(bytes: Uint8Array, isWhole: boolean): string {
  let start = 0;
  while (!isWhole && start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.length - start).toString('utf8');
}
