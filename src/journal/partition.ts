const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
const ROTATION = 24;

/**
 * MurmurHash 2 (32 bits, seed 0x9747b28c) as Kafka's Java client computes it; a signed integer. Any producer that
 * partitions like the Java client puts a place's records where ours lie.
 */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  const at = (index: number) => bytes[index] ?? 0;
  let hash = SEED ^ length;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    let word = at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> ROTATION;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  if (length > whole) {
    for (let i = length - 1; i >= whole; i--) hash ^= at(i) << (8 * (i - whole));
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

/** The partition of a key: Java's murmur2 of its UTF-8 bytes, sign bit cleared, modulo `partitions`. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions;
}

const REMEMBERED_KEYS = 20_000;

/** Chooses the partition of each message of one append. */
export interface Partitioner {
  /** The choice for one append: keyless messages of it stay together, those of the next go one partition further. */
  next(): (key: string | null) => number;
}

/** Keyed messages by hash; keyless ones sticky within an append, in turn between appends. */
export function partitioner(partitions: number): Partitioner {
  const known = new Map<string, number>();
  let turn = 0;
  const ofKey = (key: string) => {
    let partition = known.get(key);
    if (partition === undefined) {
      if (known.size >= REMEMBERED_KEYS) known.clear();
      partition = partitionOf(key, partitions);
      known.set(key, partition);
    }
    return partition;
  };
  return {
    next() {
      const sticky = turn;
      turn = (turn + 1) % partitions;
      return (key) => (key === null ? sticky : ofKey(key));
    },
  };
}
