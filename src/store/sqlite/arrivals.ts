import type { Instant } from '../../core/time.ts';
import type { Arrival } from '../store.ts';
import type { Database } from './database.ts';
import type { Dictionary } from './dictionary.ts';
import {
  flagsText,
  OBSERVATION_COLUMNS,
  OBSERVATION_WIDTH,
  type ObservationRow,
  sameReading,
} from './observation-row.ts';
import { bucketOf } from './schema.ts';

/** What happened to the arrivals of one batch. */
export interface ArrivalOutcome {
  inserted: number;
  duplicates: number;
  corrections: number;
  superseded: number;
  /** Rows that are new or changed, in the order of arrival. */
  readonly changed: ChangedReading[];
  /** Newest valid time per place among `changed`. */
  readonly newest: Map<number, Instant>;
}

export interface ChangedReading {
  readonly place: number;
  readonly source: number;
  readonly validAt: Instant;
  readonly correction: boolean;
}

/** Writes arrivals by natural key inside a write transaction; see `IngestStore.commit` for who wins. */
export type ArrivalWriter = (arrivals: readonly Arrival[]) => ArrivalOutcome;

const VALUES_AND_REST = `analysis, issuedAt, temperatureC, feelsLikeC, dewPointC, pressureHpa, humidityPct, cloudCoverPct,
  visibilityM, windSpeedMps, windFromDirectionDeg, windGustMps, uvIndex, rain1hMm, snow1hMm, conditionId,
  conditionDescription, conditionIcon, sunriseAt, sunsetAt, flags, slotAt, receivedAt, partition, "offset", item`;

const COLUMNS = `bucket, place, validAt, source, ${VALUES_AND_REST}`;
const marks = (columns: string) => columns.split(',').fill('?').join(', ');

/** A stored row followed by the rank of its newest confirmation. */
type RankedRow = [...ObservationRow];

const AT_KEY = 'bucket = ? AND place = ? AND validAt = ? AND source = ?';

export function arrivalWriter(db: Database, places: Dictionary, sources: Dictionary): ArrivalWriter {
  const insert = db.statement(
    `INSERT INTO observations (${COLUMNS}) VALUES (${marks(COLUMNS)}) ON CONFLICT DO NOTHING`,
  );
  const setCorrections = db.statement(`UPDATE observations SET corrections = ? WHERE ${AT_KEY}`);
  const select = db.query<RankedRow>(
    `SELECT ${OBSERVATION_COLUMNS}, ifnull(o.confirmedAt, o.receivedAt), o.partition, o."offset", o.item
     FROM observations o WHERE ${AT_KEY}`,
  );
  const replace = db.statement(
    `UPDATE observations SET (${VALUES_AND_REST}) = (${marks(VALUES_AND_REST)}), confirmedAt = NULL,
       corrections = corrections + 1 WHERE ${AT_KEY}`,
  );
  const confirm = db.statement(
    `UPDATE observations SET receivedAt = min(receivedAt, ?1), confirmedAt = ?1, partition = ?2, "offset" = ?3, item = ?4
     WHERE bucket = ?5 AND place = ?6 AND validAt = ?7 AND source = ?8`,
  );
  const receivedFirst = db.statement(
    `UPDATE observations SET confirmedAt = ifnull(confirmedAt, receivedAt), receivedAt = ?
     WHERE ${AT_KEY}`,
  );

  /** Meets the row that has the arrival's key already. Returns what became of the arrival. */
  const meet = (arrival: Arrival, key: readonly [number, number, Instant, number]) => {
    const { observation, partition, offset, item } = arrival;
    const row = select.get(...key);
    if (!row) throw new RangeError('a refused row is gone within its transaction');
    const later = isLater(arrival, row);
    if (sameReading(row, observation)) {
      // The row keeps its first receivedAt; the rank moves on, so that any order of arrivals ends in the same values.
      if (later) confirm.run(observation.receivedAt, partition, offset, item, ...key);
      else if (observation.receivedAt < row[4]) receivedFirst.run(observation.receivedAt, ...key);
      return 'duplicates';
    }
    if (!later) return 'superseded';
    replace.run(...cells(arrival), ...key);
    return 'corrections';
  };

  return (arrivals) => {
    const outcome: ArrivalOutcome = {
      inserted: 0,
      duplicates: 0,
      corrections: 0,
      superseded: 0,
      changed: [],
      newest: new Map(),
    };
    for (const arrival of arrivals) {
      const { observation } = arrival;
      const { validAt } = observation;
      const place = places.numberOf(observation.placeId);
      const source = sources.numberOf(observation.source);
      const bucket = bucketOf(validAt);
      const inserted = insert.run(bucket, place, validAt, source, ...cells(arrival)).changes === 1;
      const became = inserted ? 'inserted' : meet(arrival, [bucket, place, validAt, source]);
      if (inserted && arrival.corrections !== undefined)
        setCorrections.run(arrival.corrections, bucket, place, validAt, source);
      outcome[became]++;
      if (became === 'duplicates' || became === 'superseded') continue;
      outcome.changed.push({ place, source, validAt, correction: !inserted });
      const newest = outcome.newest.get(place);
      if (newest === undefined || validAt > newest) outcome.newest.set(place, validAt);
    }
    return outcome;
  };
}

/** The cells of `VALUES_AND_REST`. */
function cells(arrival: Arrival): (number | string | null)[] {
  const { observation: o, partition, offset, item } = arrival;
  const { values: v, condition: c } = o;
  return [
    o.kind === 'analysis' ? 1 : 0,
    o.issuedAt,
    v.temperatureC,
    v.feelsLikeC,
    v.dewPointC,
    v.pressureHpa,
    v.humidityPct,
    v.cloudCoverPct,
    v.visibilityM,
    v.windSpeedMps,
    v.windFromDirectionDeg,
    v.windGustMps,
    v.uvIndex,
    v.rain1hMm,
    v.snow1hMm,
    c === null ? null : c.id,
    c === null ? null : c.description,
    c === null ? null : c.icon,
    o.sunriseAt,
    o.sunsetAt,
    flagsText(o.flags),
    o.slotAt,
    o.receivedAt,
    partition,
    offset,
    item,
  ];
}

/** Compares `(receivedAt, partition, offset, item)` of an arrival with the rank that its row has reached. */
function isLater(arrival: Arrival, row: RankedRow): boolean {
  const reached = row.slice(OBSERVATION_WIDTH) as number[];
  const arrived = [arrival.observation.receivedAt, arrival.partition, arrival.offset, arrival.item];
  for (let index = 0; index < arrived.length; index++) {
    const difference = (arrived[index] ?? 0) - (reached[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
