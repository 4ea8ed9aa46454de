import { createHash } from 'node:crypto';
import { SECOND_MS } from '../../core/time.ts';
import type { ObservationKey } from '../../weather/observation.ts';

/** Between two parts of a key: no id holds it. */
const SEPARATOR = '\u0000';

/**
 * The 24 hexadecimal digits of the `_id` of a row: an ObjectId, which the original's mongoose models expect, made from
 * the natural key alone. Its first four bytes are the valid time in seconds, as an ObjectId's are its birth, so that ids
 * ascend with time and new rows lie together; the other eight are SHA-256 of the whole key: two keys of one second meet
 * by chance once in 2^64.
 */
export function rowIdOf(placeId: string, validAt: number, ...more: readonly string[]): string {
  // Unsigned 32 bits: readings begin in 1979 and the count of seconds lasts until 2106, as it does for every ObjectId.
  const seconds = Math.floor(validAt / SECOND_MS) >>> 0;
  const digest = createHash('sha256')
    .update([placeId, validAt, ...more].join(SEPARATOR))
    .digest('hex');
  return seconds.toString(16).padStart(8, '0') + digest.slice(0, 16);
}

/** The `_id` of an observation. */
export const observationIdOf = ({ placeId, validAt, source }: ObservationKey): string =>
  rowIdOf(placeId, validAt, source);
