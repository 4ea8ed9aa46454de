import { DAY_MS, type Instant } from '../../core/time.ts';
import { thinPrediction } from '../forecast-codec.ts';
import { REMOVED_BEFORE_FACT } from '../store.ts';
import { addToCounter } from './counters.ts';
import type { Database } from './database.ts';
import type { SqliteFeed } from './feed.ts';
import type { LatestReadings } from './latest.ts';
import { BUCKET_MS, bucketOf } from './schema.ts';

/** Full levels of past forecasts are kept this long; older ones keep what verification needs. */
export const FULL_LEVELS_MS = 90 * DAY_MS;

/** Rows that one call removes or thins, about; some tens of milliseconds of work. */
const STEP_ROWS = 5_000;
const STEP_THINNED = 500;

interface RetentionOptions {
  readonly db: Database;
  readonly feed: SqliteFeed;
  readonly latest: LatestReadings;
  readonly retentionDays: number | null;
}

/** `Store.trim`: ages the feed, thins old forecasts, and removes what is older than the retention, a step at a time. */
export function retention({ db, feed, latest, retentionDays }: RetentionOptions): (now: Instant) => number {
  const thin = thinning(db);
  const removeRows = readingRemoval(db);
  const removeRest = otherRemovals(db);
  const dropLatest = db.statement('DELETE FROM latest WHERE validAt < ?');
  const removedBefore = db.query<[string]>('SELECT value FROM facts WHERE key = ?');
  const remember = db.statement(
    'INSERT INTO facts (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );

  const remove = (before: Instant) => {
    const removed = removeRows(before);
    dropLatest.run(before);
    const gone = removed + removeRest(before);
    const known = JSON.parse(removedBefore.get(REMOVED_BEFORE_FACT)?.[0] ?? 'null') as Instant | null;
    if (gone > 0 && (known === null || known < before)) remember.run(REMOVED_BEFORE_FACT, JSON.stringify(before));
    return gone;
  };

  return (now) => {
    const gone = db.write(() => {
      const aged = feed.dropOld(now);
      const thinned = thin(now - FULL_LEVELS_MS);
      return aged + thinned + (retentionDays === null ? 0 : remove(now - retentionDays * DAY_MS));
    });
    if (retentionDays !== null) latest.forget();
    return gone;
  };
}

type ThinnedRow = [rowid: number, issuedAt: Instant, packed: Uint8Array];

/**
 * Thins old forecasts and moves each to the table's end: smaller rows where the large ones lay would leave half of every
 * page empty, while pages that have lost all their rows are used again.
 */
function thinning(db: Database): (before: Instant) => number {
  const old = db.query<ThinnedRow>(
    'SELECT rowid, issuedAt, packed FROM predictions WHERE thinned = 0 AND issuedAt < ? ORDER BY issuedAt LIMIT ?',
  );
  const move = db.statement(
    `UPDATE predictions SET thinned = 1, packed = ?, rowid = (SELECT max(rowid) + 1 FROM predictions) WHERE rowid = ?`,
  );
  return (before) => {
    const rows = old.all(before, STEP_THINNED);
    for (const [rowid, issuedAt, packed] of rows) move.run(thinPrediction(packed, issuedAt), rowid);
    return rows.length;
  };
}

/** Removes readings in key order: each (period, place) is one range, so that a step is a few seeks and whole pages. */
function readingRemoval(db: Database): (before: Instant) => number {
  const firstKey = db.query<[bucket: number, place: number]>(
    'SELECT bucket, place FROM observations WHERE (bucket, place) > (?, ?) AND bucket <= ? ORDER BY bucket, place LIMIT 1',
  );
  const remove = db.statement(
    'DELETE FROM observations WHERE bucket = ? AND place = ? AND validAt >= ? AND validAt < ?',
  );
  const add = addToCounter(db, 'observations');
  /** Widest range that one statement removes: a place that reports each second has 86,400 rows a day. */
  const WIDEST_MS = BUCKET_MS / 28;

  return (before) => {
    const lastBucket = bucketOf(before - 1);
    let removed = 0;
    let key = firstKey.get(Number.MIN_SAFE_INTEGER, 0, lastBucket);
    while (key && removed < STEP_ROWS) {
      const [bucket, place] = key;
      const end = Math.min(before, (bucket + 1) * BUCKET_MS);
      for (let from = bucket * BUCKET_MS; from < end && removed < STEP_ROWS; from += WIDEST_MS)
        removed += Number(remove.run(bucket, place, from, Math.min(end, from + WIDEST_MS)).changes);
      if (removed < STEP_ROWS) key = firstKey.get(bucket, place, lastBucket);
    }
    if (removed > 0) add(-removed);
    return removed;
  };
}

function otherRemovals(db: Database): (before: Instant) => number {
  const statements = [
    `DELETE FROM slots WHERE (slotAt, place) IN (SELECT slotAt, place FROM slots WHERE slotAt < ?1 ORDER BY slotAt LIMIT ?2)`,
    // The newest issue of a place stays, however old.
    `DELETE FROM predictions WHERE rowid IN (SELECT p.rowid FROM places l CROSS JOIN predictions p ON p.place = l.number
       AND p.issuedAt < ?1 AND p.issuedAt < (SELECT max(issuedAt) FROM predictions WHERE place = l.number) LIMIT ?2)`,
    `DELETE FROM provider_forecasts WHERE rowid IN (SELECT f.rowid FROM places l CROSS JOIN provider_forecasts f
       ON f.place = l.number AND f.issuedAt < ?1 LIMIT ?2)`,
  ].map((sql) => db.statement(sql));
  return (before) => statements.reduce((gone, statement) => gone + Number(statement.run(before, STEP_ROWS).changes), 0);
}
