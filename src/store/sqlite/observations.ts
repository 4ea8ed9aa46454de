import type { Instant } from '../../core/time.ts';
import { HOUR_MS } from '../../core/time.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type { Page } from '../page.ts';
import type { ObservationQuery, ObservationStore, StoredObservation } from '../store.ts';
import type { Database } from './database.ts';
import type { Dictionary } from './dictionary.ts';
import { observationHistory } from './history.ts';
import type { LatestReadings } from './latest.ts';
import { OBSERVATION_COLUMNS, type ObservationRow, toObservation } from './observation-row.ts';
import type { SourcePreference } from './preference.ts';
import { BUCKET_MS, bucketOf } from './schema.ts';

interface ObservationsOptions {
  readonly db: Database;
  readonly places: Dictionary;
  readonly sources: Dictionary;
  readonly preference: SourcePreference;
  readonly latest: LatestReadings;
}

/** Rows of one stream page; small enough that a page holds the event loop for a few milliseconds only. */
const STREAM_PAGE = 1000;

export function sqliteObservations(options: ObservationsOptions): ObservationStore {
  const { db, places, sources, latest } = options;
  const exact = db.query<ObservationRow>(
    `SELECT ${OBSERVATION_COLUMNS} FROM observations o WHERE o.bucket = ? AND o.place = ? AND o.validAt = ? AND o.source = ?`,
  );
  const count = db.query<[number]>("SELECT value FROM counters WHERE name = 'observations'");
  const edge = (order: 'min' | 'max') =>
    db.query<[Instant | null]>(
      `SELECT ${order}(edge) FROM (SELECT (
         SELECT ${order}(o.validAt) FROM observations o
         WHERE o.bucket = (SELECT ${order}(bucket) FROM observations) AND o.place = p.number
       ) AS edge FROM places p)`,
    );
  const [first, last] = [edge('min'), edge('max')];
  const page = pageReader(options);
  const query: ObservationStore['query'] = async (asked) => db.snapshot(() => page(asked));

  return {
    query,
    async *stream(asked) {
      let cursor: string | null = null;
      do {
        const found: Awaited<ReturnType<typeof query>> = await query({
          ...asked,
          limit: STREAM_PAGE,
          ...(cursor === null ? {} : { cursor }),
        });
        yield* found.items;
        cursor = found.nextCursor;
      } while (cursor !== null);
    },
    get: async ({ placeId, validAt, source }) =>
      db.read(() => {
        const row = exact.get(bucketOf(validAt), places.find(placeId), validAt, sources.find(source));
        return row ? toObservation(row, places, sources) : null;
      }),
    latest: async (placeIds) => db.snapshot(() => latest.of(placeIds)),
    history: observationHistory(options),
    extent: async () =>
      db.snapshot(() => {
        const [from, to] = [first.get()?.[0] ?? null, last.get()?.[0] ?? null];
        return from === null || to === null ? null : { count: count.get()?.[0] ?? 0, from, to };
      }),
  };
}

/** What a page ended with. */
type PageEnd = [validAt: Instant, placeId: string, source: string];

/**
 * Reads pages in order of time over a table that lies by period and place. One place: its rows in key order, period by
 * period. All places: windows of time, each sorted, that widen over sparse data and narrow over dense.
 */
function pageReader({
  db,
  places,
  sources,
  preference,
}: ObservationsOptions): (query: ObservationQuery) => Page<StoredObservation> {
  const next = {
    asc: db.query<[number | null]>('SELECT min(bucket) FROM observations WHERE bucket >= ?'),
    desc: db.query<[number | null]>('SELECT max(bucket) FROM observations WHERE bucket <= ?'),
  };
  const readers = { asc: windowReader(db, 'asc'), desc: windowReader(db, 'desc') };

  /** Compares what stands at two places of the page's order. */
  const isAfter = (row: ObservationRow, end: PageEnd, direction: 'asc' | 'desc', which: ObservationQuery['which']) => {
    if (row[1] !== end[0]) return direction === 'asc' ? row[1] > end[0] : row[1] < end[0];
    const placeId = places.idOf(row[0]);
    if (placeId !== end[1]) return placeId > end[1];
    const source = sources.find(end[2]);
    return which === 'all' && source !== null && preference.compare(row[2], source) > 0;
  };

  return (query) => {
    const { placeId, which, limit, order = 'asc' } = query;
    const place = placeId === undefined ? null : places.find(placeId);
    if (placeId !== undefined && place === null) return { items: [], nextCursor: null };
    const end = query.cursor === undefined ? null : readCursor<PageEnd>(query.cursor, 'nss');
    const found = collect({
      ...query,
      ...window(query, end, order),
      place,
      end,
      order,
      read: readers[order],
      nextBucket: (bucket) => next[order].get(bucket)?.[0] ?? null,
      // A group (one place, one instant) has at most one row per source; a cut page must always hold a whole group.
      groupSize: sources.numbers().length + 1,
      choose: (group) => {
        const ranked = group.sort((one, other) => preference.compare(one[2], other[2]));
        const wanted = which === 'reading' ? ranked.slice(0, 1) : ranked;
        return end === null ? wanted : wanted.filter((row) => isAfter(row, end, order, which));
      },
      places,
    });
    const items = found.slice(0, limit).map((row) => toObservation(row, places, sources));
    const last = items.at(-1);
    const nextCursor = found.length > limit && last ? writeCursor([last.validAt, last.placeId, last.source]) : null;
    return { items, nextCursor };
  };
}

/** Rows of `[low, high)` within one period, in the page's order; of all places those after `end` at its instant. */
type WindowReader = (
  place: number | null,
  bucket: number,
  low: Instant,
  high: Instant,
  end: PageEnd | null,
  limit: number,
) => ObservationRow[];

function windowReader(db: Database, direction: 'asc' | 'desc'): WindowReader {
  const atPlace = db.query<ObservationRow>(
    `SELECT ${OBSERVATION_COLUMNS} FROM observations o
     WHERE o.bucket = ? AND o.place = ? AND o.validAt >= ? AND o.validAt < ?
     ORDER BY o.validAt ${direction}, o.source ${direction} LIMIT ?`,
  );
  const everywhere = db.query<ObservationRow>(
    `SELECT ${OBSERVATION_COLUMNS} FROM places p CROSS JOIN observations o
       ON o.bucket = ?1 AND o.place = p.number AND o.validAt >= ?2 AND o.validAt < ?3
     WHERE ?4 IS NULL OR o.validAt <> ?4 OR p.id >= ?5
     ORDER BY o.validAt ${direction}, p.id, o.source LIMIT ?6`,
  );
  return (place, bucket, low, high, end, limit) =>
    place === null
      ? everywhere.all(bucket, low, high, end?.[0] ?? null, end?.[1] ?? null, limit)
      : atPlace.all(bucket, place, low, high, limit);
}

/** What is left of the query's interval after a page's end, which stays inside it. */
function window({ from, to }: ObservationQuery, end: PageEnd | null, order: 'asc' | 'desc') {
  if (end === null) return { from, to };
  return order === 'asc' ? { from: Math.max(from, end[0]), to } : { from, to: Math.min(to, end[0] + 1) };
}

interface Collection {
  readonly from: Instant;
  readonly to: Instant;
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  readonly place: number | null;
  readonly end: PageEnd | null;
  readonly groupSize: number;
  readonly places: Dictionary;
  readonly read: WindowReader;
  /** The next period in the page's direction that has rows. */
  nextBucket(bucket: number): number | null;
  /** The rows of one place and instant that belong to the page, in order of preference. */
  choose(group: ObservationRow[]): readonly ObservationRow[];
}

/** First width of the windows that read all places. */
const FIRST_WINDOW_MS = HOUR_MS;

/** Rows of the page, and at least one more when there is one. */
function collect(collection: Collection): readonly ObservationRow[] {
  const { limit, order, place, groupSize, read, places } = collection;
  const found: ObservationRow[] = [];
  const fetch = limit + 2 * groupSize;
  let { from, to, end } = collection;
  let widthMs = place === null ? FIRST_WINDOW_MS : BUCKET_MS;
  while (from < to && found.length <= limit) {
    const edge = order === 'asc' ? from : to - 1;
    const bucket = collection.nextBucket(bucketOf(edge));
    if (bucket === null) break;
    // One window: the part of the period next to the edge, `widthMs` wide at most.
    const [bucketFrom, bucketTo] = [Math.max(from, bucket * BUCKET_MS), Math.min(to, (bucket + 1) * BUCKET_MS)];
    if (bucketFrom >= bucketTo) break;
    const low = order === 'asc' ? bucketFrom : Math.max(bucketFrom, bucketTo - widthMs);
    const high = order === 'asc' ? Math.min(bucketTo, bucketFrom + widthMs) : bucketTo;
    const rows = read(place, bucket, low, high, end, fetch);
    const cut = rows.length === fetch;
    const groups = groupsOf(rows);
    if (cut) groups.pop();
    for (const group of groups) found.push(...collection.choose(group));
    const last = groups.at(-1)?.[0];
    if (cut && last) {
      // Go on after the last whole group: at its instant with the next place id, which is at least this one and a NUL.
      end = [last[1], `${places.idOf(last[0])}\u0000`, ''];
      const rest = place === null ? 0 : 1;
      if (order === 'asc') from = last[1] + rest;
      else to = last[1] + 1 - rest;
      widthMs = Math.max(1, Math.floor(widthMs / 2));
      continue;
    }
    if (order === 'asc') from = high;
    else to = low;
    if (place === null && rows.length < fetch / 4) widthMs = Math.min(BUCKET_MS, widthMs * 4);
  }
  return found;
}

/** Splits ordered rows where place or instant changes. */
function groupsOf(rows: readonly ObservationRow[]): ObservationRow[][] {
  const groups: ObservationRow[][] = [];
  let current: ObservationRow[] = [];
  for (const row of rows) {
    if (current[0] && (current[0][0] !== row[0] || current[0][1] !== row[1])) current = [];
    if (current.length === 0) groups.push(current);
    current.push(row);
  }
  return groups;
}
