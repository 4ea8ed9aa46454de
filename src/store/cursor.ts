import { HarmattanError } from '../core/errors.ts';

/** A page's end as text: opaque to callers, safe in a URL. */
export const writeCursor = (parts: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

/**
 * The parts of a cursor. `shape` has one letter per part: `n` an integer, `s` a text.
 *
 * @throws HarmattanError HMT_HTTP_BAD_PARAMETER with field `cursor` when it is not one of ours
 */
export function readCursor<Parts extends readonly (string | number)[]>(cursor: string, shape: string): Parts {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const fits =
      Array.isArray(parts) &&
      parts.length === shape.length &&
      parts.every((part, index) => (shape[index] === 'n' ? Number.isSafeInteger(part) : typeof part === 'string'));
    if (fits) return parts as unknown as Parts;
  } catch {}
  throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', { detail: 'The cursor is not one of ours.', field: 'cursor' });
}
