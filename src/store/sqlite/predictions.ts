import { HOUR_MS, type Instant } from '../../core/time.ts';
import type { Prediction, ProviderForecast } from '../../weather/prediction.ts';
import { packPrediction, packProviderForecast, unpackPrediction, unpackProviderForecast } from '../forecast-codec.ts';
import type { PredictionStore } from '../store.ts';
import type { Database } from './database.ts';
import type { Dictionary } from './dictionary.ts';

export interface SqlitePredictions extends PredictionStore {
  /** Keeps an issue unless a later one of its clock hour is kept already; inside a transaction. Returns whether it is kept. */
  add(prediction: Prediction): boolean;
  /** Keeps provider forecasts, the last issue of each clock hour; inside a transaction. */
  addProviderForecasts(forecasts: readonly ProviderForecast[]): void;
}

type PredictionRow = [
  place: number,
  issuedAt: Instant,
  model: string,
  source: number,
  tier: string,
  local: number,
  packed: Uint8Array,
];

type ProviderRow = [
  place: number,
  source: number,
  issuedAt: Instant,
  receivedAt: Instant,
  model: string | null,
  packed: Uint8Array,
];

const PREDICTION = 'p.place, p.issuedAt, p.model, p.source, p.tier, p.local, p.packed';
const PROVIDER = 'f.place, f.source, f.issuedAt, f.receivedAt, f.model, f.packed';
const PAGE = 64;
const hourOf = (at: Instant) => Math.floor(at / HOUR_MS);

export function sqlitePredictions(db: Database, places: Dictionary, sources: Dictionary): SqlitePredictions {
  return {
    add: predictionWriter(db, places, sources),
    addProviderForecasts: providerWriter(db, places, sources),
    ...predictionReader(db, places, sources),
    ...providerReader(db, places, sources),
  };
}

function predictionWriter(db: Database, places: Dictionary, sources: Dictionary): SqlitePredictions['add'] {
  const laterInHour = db.query<[number]>(
    'SELECT 1 FROM predictions WHERE place = ? AND issuedAt > ? AND issuedAt < ? AND model = ? LIMIT 1',
  );
  const dropEarlierInHour = db.statement(
    'DELETE FROM predictions WHERE place = ? AND issuedAt >= ? AND issuedAt < ? AND model = ?',
  );
  const insert = db.statement(
    `INSERT INTO predictions (place, issuedAt, model, source, tier, local, packed) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET source = excluded.source, tier = excluded.tier, local = excluded.local,
       thinned = 0, packed = excluded.packed`,
  );
  return (prediction) => {
    const { issuedAt, model, tier } = prediction;
    const place = places.numberOf(prediction.placeId);
    const hour = hourOf(issuedAt);
    if (laterInHour.get(place, issuedAt, (hour + 1) * HOUR_MS, model)) return false;
    dropEarlierInHour.run(place, hour * HOUR_MS, issuedAt, model);
    const packed = packPrediction(prediction, issuedAt);
    const source = sources.numberOf(prediction.source);
    insert.run(place, issuedAt, model, source, tier, prediction.calibration === 'local' ? 1 : 0, packed);
    return true;
  };
}

function providerWriter(
  db: Database,
  places: Dictionary,
  sources: Dictionary,
): SqlitePredictions['addProviderForecasts'] {
  const laterInHour = db.query<[number]>(
    'SELECT 1 FROM provider_forecasts WHERE place = ? AND source = ? AND issuedAt > ? AND issuedAt < ? LIMIT 1',
  );
  const dropEarlierInHour = db.statement(
    'DELETE FROM provider_forecasts WHERE place = ? AND source = ? AND issuedAt >= ? AND issuedAt < ?',
  );
  const insert = db.statement(
    `INSERT INTO provider_forecasts (place, source, issuedAt, receivedAt, firstReceivedAt, model, packed)
     VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)
     ON CONFLICT DO UPDATE SET receivedAt = excluded.receivedAt, model = excluded.model, packed = excluded.packed
       WHERE excluded.receivedAt > receivedAt AND excluded.packed <> packed`,
  );
  return (forecasts) => {
    for (const forecast of forecasts) {
      const { issuedAt, receivedAt, model } = forecast;
      const place = places.numberOf(forecast.placeId);
      const source = sources.numberOf(forecast.source);
      const hour = hourOf(issuedAt);
      if (laterInHour.get(place, source, issuedAt, (hour + 1) * HOUR_MS)) continue;
      dropEarlierInHour.run(place, source, hour * HOUR_MS, issuedAt);
      insert.run(place, source, issuedAt, receivedAt, model, packProviderForecast(forecast));
    }
  };
}

type Issues = Pick<PredictionStore, 'newest' | 'get' | 'issues'>;

function predictionReader(db: Database, places: Dictionary, sources: Dictionary): Issues {
  const newest = db.query<PredictionRow>(
    `SELECT ${PREDICTION} FROM predictions p WHERE p.place = ? AND p.issuedAt <= ?
     ORDER BY p.issuedAt DESC, p.rowid DESC LIMIT 1`,
  );
  const exact = db.query<PredictionRow>(
    `SELECT ${PREDICTION} FROM predictions p WHERE p.place = ? AND p.issuedAt = ? ORDER BY p.rowid DESC LIMIT 1`,
  );
  const after = db.query<PredictionRow>(
    `SELECT ${PREDICTION} FROM predictions p WHERE p.place = ?1 AND p.issuedAt >= ?2 AND p.issuedAt < ?3
       AND (p.issuedAt, p.model) > (?2, ?4) ORDER BY p.issuedAt, p.model LIMIT ${PAGE}`,
  );
  const toPrediction = (row: PredictionRow): Prediction => ({
    placeId: places.idOf(row[0]),
    issuedAt: row[1],
    model: row[2],
    tier: row[4],
    calibration: row[5] === 1 ? 'local' : 'prior',
    source: sources.idOf(row[3]),
    ...unpackPrediction(row[6], row[1]),
  });
  const one = (row: PredictionRow | undefined) => (row ? toPrediction(row) : null);
  return {
    newest: async (placeId, asOf = Number.MAX_SAFE_INTEGER) =>
      db.read(() => one(newest.get(places.find(placeId), asOf))),
    get: async (placeId, issuedAt) => db.read(() => one(exact.get(places.find(placeId), issuedAt))),
    async *issues(placeId, from, to) {
      let [at, model] = [from, ''];
      for (;;) {
        const rows = db.read(() => after.all(places.find(placeId), at, to, model));
        for (const row of rows) yield toPrediction(row);
        const last = rows.at(-1);
        if (!last || rows.length < PAGE) return;
        [at, model] = [last[1], last[2]];
      }
    },
  };
}

type ProviderIssues = Pick<PredictionStore, 'providerForecasts' | 'providerIssues'>;

function providerReader(db: Database, places: Dictionary, sources: Dictionary): ProviderIssues {
  const newest = db.query<ProviderRow>(
    `SELECT ${PROVIDER} FROM sources s CROSS JOIN provider_forecasts f ON f.place = ?1 AND f.source = s.number
       AND f.issuedAt = (SELECT issuedAt FROM provider_forecasts
                         WHERE place = ?1 AND source = s.number AND issuedAt <= ?2 AND firstReceivedAt <= ?2
                         ORDER BY issuedAt DESC LIMIT 1)
     ORDER BY s.id`,
  );
  const after = db.query<ProviderRow>(
    `SELECT ${PROVIDER} FROM provider_forecasts f WHERE f.place = ?1 AND f.issuedAt >= ?2 AND f.issuedAt < ?3
       AND (f.issuedAt, f.source) > (?2, ?4) ORDER BY f.issuedAt, f.source LIMIT ${PAGE}`,
  );
  const toForecast = (row: ProviderRow): ProviderForecast => ({
    placeId: places.idOf(row[0]),
    source: sources.idOf(row[1]),
    model: row[4],
    issuedAt: row[2],
    receivedAt: row[3],
    ...unpackProviderForecast(row[5], row[2]),
  });
  return {
    providerForecasts: async (placeId, asOf = Number.MAX_SAFE_INTEGER) =>
      db.read(() => newest.all(places.find(placeId), asOf).map(toForecast)),
    async *providerIssues(placeId, from, to) {
      let [at, source] = [from, -1];
      for (;;) {
        const rows = db.read(() => after.all(places.find(placeId), at, to, source));
        for (const row of rows) yield toForecast(row);
        const last = rows.at(-1);
        if (!last || rows.length < PAGE) return;
        [at, source] = [last[2], last[1]];
      }
    },
  };
}
