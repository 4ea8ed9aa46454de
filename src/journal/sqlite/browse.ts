import { HarmattanError } from '../../core/errors.ts';
import type { BrowseOptions, JournalRecord } from '../journal.ts';
import type { AppendTimes, OffsetRange } from './append-times.ts';
import { howManyFit, type RecordSize, type TopicLog } from './topic-log.ts';

/** One page looks at this many records at most, and holds this many bytes (one longer record still comes). */
const SEARCH_RECORDS = 20_000;
const PAGE_BYTES = 32 * 1024 * 1024;

/** One page of a topic for people to read, oldest first. The cursor is the offset to go on at. */
export function browse(
  log: TopicLog,
  times: AppendTimes,
  options: BrowseOptions,
): { readonly items: readonly JournalRecord[]; readonly nextCursor: string | null } {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, key, limit } = options;
  const startAt = options.cursor === undefined ? 0 : offsetOf(options.cursor);
  const ranges = times
    .ranges(from, to)
    .map((range) => ({ from: Math.max(range.from, startAt), to: range.to }))
    .filter((range) => range.from < range.to);
  const found: RecordSize[] = [];
  const searched: { readonly range: OffsetRange; readonly found: number }[] = [];
  let toSearch = SEARCH_RECORDS;
  let goOnAt: number | null = null;
  for (const range of ranges) {
    const end = Math.min(range.to, range.from + toSearch);
    const sizes = log.sizes({ from: range.from, to: end, limit: limit + 1 - found.length, key });
    found.push(...sizes);
    searched.push({ range: { from: range.from, to: end }, found: sizes.length });
    toSearch -= end - range.from;
    if (found.length > limit || end < range.to || toSearch === 0) {
      goOnAt = end < range.to ? end : (ranges[ranges.indexOf(range) + 1]?.from ?? null);
      break;
    }
  }
  const count = Math.min(limit, howManyFit(found, PAGE_BYTES));
  const items: JournalRecord[] = [];
  for (const { range, found: inRange } of searched)
    items.push(...log.records({ ...range, limit: Math.min(inRange, count - items.length), key }));
  // The first that was found but does not fit begins the next page; otherwise where the search ended.
  const next = found[count]?.offset ?? goOnAt;
  return { items, nextCursor: next === null ? null : String(next) };
}

function offsetOf(cursor: string): number {
  const offset = /^\d{1,15}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (Number.isNaN(offset))
    throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', { detail: 'The cursor is not one of ours.', field: 'cursor' });
  return offset;
}
