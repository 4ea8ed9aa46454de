/**
 * Chance that can be asked at any point: pure functions of a seed and a position, so that a value never depends on what
 * was asked before it.
 */

/** A well-mixed unsigned 32-bit hash of three integers (murmur3's finaliser between the words). */
export function hash32(seed: number, a: number, b = 0): number {
  let h = seed | 0;
  h = mix(h ^ Math.imul(a | 0, 0xcc9e2d51));
  h = mix(h ^ Math.imul(b | 0, 0x1b873593) ^ 0x9e3779b9);
  return h >>> 0;
}

function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A 32-bit hash of a text (FNV-1a, mixed): turns names and coordinates into seeds. */
export function hashText(seed: number, text: string): number {
  let h = (seed | 0) ^ 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h) >>> 0;
}

/** Uniform in [0, 1) from a hash. */
export const share = (hash: number): number => (hash >>> 0) / 4_294_967_296;

/**
 * Smooth noise of one variable in [−1, 1]: uniform values on the integers, joined by cubic smoothsteps. Its memory is
 * about one unit of `x`; standard deviation about 0.5.
 */
export function valueNoise(seed: number, x: number): number {
  const cell = Math.floor(x);
  const at = x - cell;
  const left = share(hash32(seed, cell));
  const right = share(hash32(seed, cell + 1));
  return 2 * (left + (right - left) * at * at * (3 - 2 * at)) - 1;
}

/** 0 below `from`, 1 above `to`, smooth between. */
export function smoothstep(from: number, to: number, x: number): number {
  const at = Math.min(1, Math.max(0, (x - from) / (to - from)));
  return at * at * (3 - 2 * at);
}
