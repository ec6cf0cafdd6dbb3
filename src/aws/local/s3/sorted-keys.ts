/**
 * Order of UTF-8 bytes, which is S3's. UTF-16 order differs where a surrogate pair (U+10000 and above) meets
 * U+E000..U+FFFF; moving the surrogates above those restores it.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** A set of keys that is always in order. Insertion moves memory, not objects: 100,000 keys cost microseconds. */
export class SortedKeys {
  private readonly keys: string[] = [];

  get size(): number {
    return this.keys.length;
  }

  add(key: string): void {
    const index = this.lowerBound(key);
    if (this.keys[index] !== key) this.keys.splice(index, 0, key);
  }

  delete(key: string): void {
    const index = this.lowerBound(key);
    if (this.keys[index] === key) this.keys.splice(index, 1);
  }

  /** Keys from `start` on, in order. The set must not change meanwhile. */
  *from(start: string): Iterable<string> {
    for (let index = this.lowerBound(start); index < this.keys.length; index += 1) yield this.keys[index] ?? '';
  }

  private lowerBound(key: string): number {
    let [low, high] = [0, this.keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.keys[middle] ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
