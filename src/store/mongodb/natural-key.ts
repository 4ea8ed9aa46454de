import { createHash } from 'node:crypto';
import { ObjectId } from 'mongodb';
import { type Instant, SECOND_MS } from '../../core/time.ts';

/** Between two parts of a key: no id holds it. */
const SEPARATOR = '\u0000';

/**
 * The `_id` of what is known about a place at an instant: an ObjectId, which the original's mongoose models expect, made
 * from the natural key alone. Its first four bytes are the valid time in seconds, as an ObjectId's are its birth, so that
 * ids ascend with time and new rows lie together; the other eight are SHA-256 of the whole key: two keys of one second
 * meet by chance once in 2^64.
 */
export function instantIdOf(placeId: string, validAt: Instant): ObjectId {
  // Unsigned 32 bits: readings begin in 1979 and the count of seconds lasts until 2106, as it does for every ObjectId.
  const seconds = Math.floor(validAt / SECOND_MS) >>> 0;
  const digest = createHash('sha256').update(`${placeId}${SEPARATOR}${validAt}`).digest('hex');
  return new ObjectId(seconds.toString(16).padStart(8, '0') + digest.slice(0, 16));
}
