import type { Instant } from '../../core/time.ts';
import type { StoredObservation } from '../store.ts';
import type { Database } from './database.ts';
import type { Dictionary } from './dictionary.ts';
import { OBSERVATION_COLUMNS, type ObservationRow, toObservation } from './observation-row.ts';
import type { SourcePreference } from './preference.ts';
import { bucketOf } from './schema.ts';

/** Each place's newest reading: one small row per place says when it is, the reading itself stays where it lies. */
export interface LatestReadings {
  /** Moves places forward to newer valid times; inside a transaction. */
  raise(newest: ReadonlyMap<number, Instant>): void;
  /** Drops what is remembered of these places; after the commit. Without places: of all. */
  forget(places?: Iterable<number>): void;
  of(placeIds: readonly string[]): ReadonlyMap<string, StoredObservation>;
}

export function latestReadings(
  db: Database,
  places: Dictionary,
  sources: Dictionary,
  preference: SourcePreference,
): LatestReadings {
  const raiseRow = db.statement(
    `INSERT INTO latest (place, bucket, validAt) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET bucket = excluded.bucket, validAt = excluded.validAt WHERE excluded.validAt > validAt`,
  );
  const select = db.query<ObservationRow>(
    `SELECT ${OBSERVATION_COLUMNS} FROM latest l CROSS JOIN observations o
       ON o.bucket = l.bucket AND o.place = l.place AND o.validAt = l.validAt
     WHERE l.place = ?`,
  );
  /** Readings by place, as long as nobody has written since; `null`: the place has none. */
  const remembered = new Map<number, StoredObservation | null>();
  let version = db.foreignVersion();
  db.onRollback(() => remembered.clear());

  const read = (place: number): StoredObservation | null => {
    const rows = select.all(place).sort((one, other) => preference.compare(one[2], other[2]));
    return rows[0] ? toObservation(rows[0], places, sources) : null;
  };

  return {
    raise: (newest) => {
      for (const [place, validAt] of newest) raiseRow.run(place, bucketOf(validAt), validAt);
    },
    forget: (touched) => {
      if (touched === undefined) return remembered.clear();
      for (const place of touched) remembered.delete(place);
    },
    of: (placeIds) => {
      const now = db.foreignVersion();
      if (now !== version) remembered.clear();
      version = now;
      const found = new Map<string, StoredObservation>();
      for (const placeId of placeIds) {
        const place = places.find(placeId);
        if (place === null) continue;
        let reading = remembered.get(place);
        if (reading === undefined) {
          reading = read(place);
          remembered.set(place, reading);
        }
        if (reading !== null) found.set(placeId, reading);
      }
      return found;
    },
  };
}
