import type { Quantity } from '../../weather/quantity.ts';
import { bucketFrom, emptySum, type HistorySum } from '../history-sum.ts';
import type { HistoryBucket, ObservationStore } from '../store.ts';
import type { Database } from './database.ts';
import type { Dictionary } from './dictionary.ts';
import type { SourcePreference } from './preference.ts';
import { BUCKET_MS, bucketOf } from './schema.ts';

interface HistoryOptions {
  readonly db: Database;
  readonly places: Dictionary;
  readonly sources: Dictionary;
  readonly preference: SourcePreference;
}

/** What one part of a bucket sums up to; `eastward` and `northward` are means of the unit vector, for directions. */
type PartRow = [
  count: number,
  min: number | null,
  max: number | null,
  sum: number | null,
  eastward: number | null,
  northward: number | null,
];

/**
 * Sums a place's readings up bucket by bucket: each is one range of the key (two where a period ends within it), so that
 * a year of readings is read once, in order, without sorting.
 */
export function observationHistory({ db, places, sources, preference }: HistoryOptions): ObservationStore['history'] {
  const select = (quantity: Quantity) => db.query<PartRow>(partSql(quantity, sources, preference));

  return async (placeId, quantity, from, to, points) =>
    db.snapshot(() => {
      const place = places.find(placeId);
      if (place === null || from >= to || points < 1) return [];
      const widthMs = Math.ceil((to - from) / points);
      const parts = select(quantity);
      const circular = quantity === 'windFromDirectionDeg';
      const buckets: HistoryBucket[] = [];
      for (let at = from; at < to; at += widthMs) {
        const sum = emptySum();
        const end = Math.min(to, at + widthMs);
        for (let low = at; low < end; ) {
          const period = bucketOf(low);
          const high = Math.min(end, (period + 1) * BUCKET_MS);
          addPart(sum, parts.get(period, place, low, high));
          low = high;
        }
        if (sum.count > 0) buckets.push(bucketFrom(at, sum, circular));
      }
      return buckets;
    });
}

function addPart(sum: HistorySum, part: PartRow | undefined): void {
  if (!part || part[0] === 0) return;
  sum.count += part[0];
  sum.min = Math.min(sum.min, part[1] ?? sum.min);
  sum.max = Math.max(sum.max, part[2] ?? sum.max);
  sum.total += part[3] ?? 0;
  sum.eastward += part[4] ?? 0;
  sum.northward += part[5] ?? 0;
}

/** One part: `[?3, ?4)` of period ?1 at place ?2. The text changes only when another source comes in. */
function partSql(quantity: Quantity, sources: Dictionary, preference: SourcePreference): string {
  const vector = quantity === 'windFromDirectionDeg' ? 'sum(sin(radians(v))), sum(cos(radians(v)))' : 'NULL, NULL';
  const range = 'bucket = ?1 AND place = ?2 AND validAt >= ?3 AND validAt < ?4';
  const known = sources.numbers();
  // Without a second source there is nothing to choose between, and no grouping to pay for.
  const readings =
    known.length < 2
      ? `SELECT ${quantity} AS v FROM observations WHERE ${range}`
      : `SELECT ${quantity} AS v, min(CASE source ${[...known]
          .sort(preference.compare)
          .map((source, rank) => `WHEN ${source} THEN ${rank}`)
          .join(' ')} END) FROM observations WHERE ${range} GROUP BY validAt`;
  return `SELECT count(v), min(v), max(v), sum(v), ${vector} FROM (${readings})`;
}
