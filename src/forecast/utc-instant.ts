import { fromRfc3339, type Instant } from '../core/time.ts';

const ZONELESS = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?$/;

/**
 * A time as history files and the original's clients write it: RFC 3339, or `YYYY-MM-DD HH:MM[:SS]` without a zone, which
 * is UTC. `null` when it is neither or does not exist.
 */
export function utcInstant(text: string): Instant | null {
  const time = text.trim();
  return fromRfc3339(ZONELESS.test(time) ? `${time.replace(' ', 'T')}Z` : time);
}
