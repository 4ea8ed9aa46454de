import { HarmattanError } from '../core/errors.ts';

/** A cursor over a list that does not change while the program runs: the places. */
export const writeOffset = (offset: number): string => Buffer.from(`o${offset}`).toString('base64url');

/** @throws HarmattanError HMT_HTTP_BAD_PARAMETER with field `cursor` */
export function readOffset(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const match = /^o(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (!match)
    throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', { field: 'cursor', detail: 'The cursor is not one of ours.' });
  return Number(match[1]);
}
