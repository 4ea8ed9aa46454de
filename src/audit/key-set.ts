/**
 * A set of natural keys that answers "seen before?" with 16 to 32 bytes a key, however long the key: it keeps 64-bit
 * hashes, so that of ten million keys two are taken for one with a chance of 3 in a million.
 */
export class KeySet {
  #high = new Uint32Array(1024);
  #low = new Uint32Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a key; false when it was there already. */
  add(key: string): boolean {
    if (this.#size * 2 >= this.#high.length) this.#grow();
    const high = hash(key, 0x811c9dc5);
    // 0 marks a free cell.
    const low = hash(key, 0x9e3779b9) || 1;
    const added = insert(this.#high, this.#low, high, low);
    if (added) this.#size++;
    return added;
  }

  #grow(): void {
    const high = new Uint32Array(this.#high.length * 2);
    const low = new Uint32Array(high.length);
    for (let index = 0; index < this.#high.length; index++) {
      const lowHash = this.#low[index] ?? 0;
      if (lowHash !== 0) insert(high, low, this.#high[index] ?? 0, lowHash);
    }
    this.#high = high;
    this.#low = low;
  }
}

function insert(highs: Uint32Array, lows: Uint32Array, high: number, low: number): boolean {
  const mask = highs.length - 1;
  for (let index = (high ^ low) & mask; ; index = (index + 1) & mask) {
    if (lows[index] === 0) {
      highs[index] = high;
      lows[index] = low;
      return true;
    }
    if (lows[index] === low && highs[index] === high) return false;
  }
}

/** MurmurHash3's mixing, one character a step. */
function hash(text: string, seed: number): number {
  let h = seed;
  for (let index = 0; index < text.length; index++) {
    let k = Math.imul(text.charCodeAt(index), 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
  }
  h ^= text.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
