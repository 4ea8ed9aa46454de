import type { Filter } from 'mongodb';
import { DAY_MS, type Instant } from '../../core/time.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { bucketFrom, emptySum, type HistorySum } from '../history-sum.ts';
import type { ComparesSources } from '../preference.ts';
import type { HistoryBucket, ObservationQuery, ObservationStore, StoredObservation } from '../store.ts';
import type { Collections } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import { hasLostCursor } from './failure.ts';
import type { LatestReadings } from './latest.ts';
import { instantIdOf } from './natural-key.ts';
import type { NaturalOrder } from './natural-order.ts';
import { othersIn, readingsIn, valueField, type WeatherDocument } from './weather-document.ts';

interface ObservationsOptions {
  readonly database: MongoDatabase;
  readonly collections: Pick<Collections, 'weather'>;
  readonly compare: ComparesSources;
  readonly latest: LatestReadings;
  readonly order: NaturalOrder;
}

/** What a page ended with. */
type PageEnd = readonly [validAt: Instant, placeId: string, source: string];

type Range = Pick<ObservationQuery, 'placeId' | 'from' | 'to' | 'which'> & { readonly order: 'asc' | 'desc' };

/** Documents that one answer of the server holds while a range is streamed. */
const STREAM_DOCUMENTS = 1000;

export function mongodbObservations(options: ObservationsOptions): ObservationStore {
  const { database, compare, latest, order: naturalOrder } = options;
  const { weather } = options.collections;

  /** Documents of a range after `end`, in the page's order. */
  const find = (range: Range, end: PageEnd | null) =>
    weather.find(filterOf(range, end)).sort({ 'hmt.validAt': range.order === 'asc' ? 1 : -1, 'hmt.placeId': 1 });

  /** A document's readings that are wanted and lie after `end`. */
  const wantedIn = (document: WeatherDocument, which: ObservationQuery['which'], end: PageEnd | null) => {
    const rows = readingsIn(document, compare).readings.map(({ observation }) => observation);
    const wanted = which === 'reading' ? rows.slice(0, 1) : rows;
    const [validAt, placeId, source] = end ?? [];
    const cut = document.hmt.validAt === validAt && document.hmt.placeId === placeId;
    return cut ? wanted.filter((row) => which === 'all' && compare(row.source, source ?? '') > 0) : wanted;
  };

  return {
    query: async ({ limit, cursor, order = 'asc', ...range }) => {
      const end = cursor === undefined ? null : readCursor<[Instant, string, string]>(cursor, 'nss');
      // The first document may have been given in full already; every other one has a row at least.
      const documents = await database.run(() =>
        find({ ...range, order }, end)
          .limit(limit + 2)
          .toArray(),
      );
      const rows = documents.flatMap((document) => wantedIn(document, range.which, end));
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return { items, nextCursor: rows.length > limit && last ? writeCursor(endOf(last)) : null };
    },
    async *stream(asked) {
      const range = { ...asked, order: 'asc' } as const;
      let end: PageEnd | null = null;
      for (let met = true; met; ) {
        met = false;
        const documents = find(range, end).batchSize(STREAM_DOCUMENTS);
        try {
          for (let one = await next(documents); one; one = await next(documents))
            for (const row of wantedIn(one, range.which, end)) {
              yield row;
              met = true;
              end = endOf(row);
            }
        } catch (error) {
          // A reader that took its time: the rest is asked for anew.
          if (!hasLostCursor(error) || !met) throw error;
        } finally {
          await documents.close();
        }
      }
    },
    get: async ({ placeId, validAt, source }) => {
      const id = instantIdOf(placeId, validAt);
      const document = (await database.run(() => weather.findOne({ _id: id }))) ?? (await naturalOrder.find(id));
      const readings = document ? readingsIn(document, compare).readings : [];
      return readings.find(({ observation }) => observation.source === source)?.observation ?? null;
    },
    latest: (placeIds) => latest.of(placeIds),
    history: async (placeId, quantity, from, to, points) => {
      if (from >= to || points < 1) return [];
      const widthMs = Math.ceil((to - from) / points);
      const sums = new Map<Instant, HistorySum>();
      const field = valueField(quantity);
      const cursor = weather
        .find({ 'hmt.placeId': placeId, 'hmt.validAt': { $gte: from, $lt: to } })
        .project({ [field]: 1, 'hmt.validAt': 1, 'hmt.source': 1, 'hmt.others': 1 });
      for (let one = await next(cursor); one; one = await next(cursor)) {
        const value = preferredValue(one as WeatherDocument, quantity, compare);
        if (value === null) continue;
        const at = from + Math.floor((one.hmt.validAt - from) / widthMs) * widthMs;
        const sum = sums.get(at) ?? emptySum();
        sums.set(at, sum);
        addValue(sum, value);
      }
      return [...sums]
        .sort(([one], [other]) => one - other)
        .map(([at, sum]): HistoryBucket => bucketFrom(at, sum, quantity === 'windFromDirectionDeg'));
    },
    extent: async () => {
      const edge = (direction: 1 | -1) =>
        database.run(() => weather.find().sort({ 'hmt.validAt': direction }).limit(1).next());
      const [first, last] = [await edge(1), await edge(-1)];
      if (!first || !last) return null;
      return { count: await countRows(), from: first.hmt.validAt, to: last.hmt.validAt };
    },
  };

  function next<Row>(cursor: { next(): Promise<Row | null> }): Promise<Row | null> {
    return database.run(() => cursor.next());
  }

  /** Documents, and one more for each further source in them. */
  async function countRows(): Promise<number> {
    const [more] = await database.run(() =>
      weather
        .aggregate<{ sources: number; documents: number }>([
          { $match: { 'hmt.sources': { $gt: 1 } } },
          { $group: { _id: null, sources: { $sum: '$hmt.sources' }, documents: { $sum: 1 } } },
        ])
        .toArray(),
    );
    const documents = await database.run(() => weather.estimatedDocumentCount());
    return documents + (more ? more.sources - more.documents : 0);
  }
}

const endOf = ({ validAt, placeId, source }: StoredObservation): [Instant, string, string] => [
  validAt,
  placeId,
  source,
];

function filterOf({ placeId, from, to, order }: Range, end: PageEnd | null): Filter<WeatherDocument> {
  const span = { $gte: Math.max(from, -DAY_MS * 1e5), $lt: Math.min(to, DAY_MS * 1e5) };
  if (end !== null && order === 'asc') span.$gte = Math.max(span.$gte, end[0]);
  if (end !== null && order === 'desc') span.$lt = Math.min(span.$lt, end[0] + 1);
  return {
    ...(placeId === undefined ? {} : { 'hmt.placeId': placeId }),
    'hmt.validAt': span,
    ...(end === null ? {} : { $or: [{ 'hmt.validAt': { $ne: end[0] } }, { 'hmt.placeId': { $gte: end[1] } }] }),
  } as Filter<WeatherDocument>;
}

/** The quantity of the preferred source's reading. */
function preferredValue(
  document: WeatherDocument,
  quantity: Parameters<typeof valueField>[0],
  compare: ComparesSources,
) {
  const { source, others } = document.hmt;
  let preferred: { source: string; value: number | null } = {
    source,
    value: document[valueField(quantity)] as number | null,
  };
  for (const other of othersIn(others))
    if (compare(other.source, preferred.source) < 0)
      preferred = { source: other.source, value: other.values[quantity] };
  return preferred.value;
}

function addValue(sum: HistorySum, value: number): void {
  const radians = (value * Math.PI) / 180;
  sum.count++;
  sum.min = Math.min(sum.min, value);
  sum.max = Math.max(sum.max, value);
  sum.total += value;
  sum.eastward += Math.sin(radians);
  sum.northward += Math.cos(radians);
}
