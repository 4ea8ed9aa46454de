import { HarmattanError } from '../../core/errors.ts';
import { DAY_MS, type Instant } from '../../core/time.ts';
import type { Database } from './database.ts';

/** Marks the file as a store of ours (`HMTS`): a file of another program is not taken for an old version. */
export const APPLICATION_ID = 0x484d5453;

/**
 * Readings lie in periods of 28 days, in each period by place, in each place by time: a batch of new readings touches
 * one page per place however many rows there are, and a place's range is read in index order, period by period.
 */
export const BUCKET_MS = 28 * DAY_MS;

/** The period that a valid time lies in. */
export const bucketOf = (validAt: Instant): number => Math.floor(validAt / BUCKET_MS);

/**
 * One function per version, in order; each is frozen once released. Version n is what the first n of them make.
 * Times are UTC epoch milliseconds. `places` and `sources` give ids their small numbers.
 */
export const MIGRATIONS: readonly ((db: Database) => void)[] = [
  (db) =>
    db.exec(`
      CREATE TABLE store_meta (key TEXT PRIMARY KEY, value ANY) WITHOUT ROWID, STRICT;
      CREATE TABLE places (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
      CREATE TABLE sources (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;

      CREATE TABLE observations (
        bucket INTEGER NOT NULL, place INTEGER NOT NULL, validAt INTEGER NOT NULL, source INTEGER NOT NULL,
        slotAt INTEGER, receivedAt INTEGER NOT NULL, analysis INTEGER NOT NULL, issuedAt INTEGER,
        temperatureC REAL, feelsLikeC REAL, dewPointC REAL, pressureHpa REAL, humidityPct REAL, cloudCoverPct REAL,
        visibilityM REAL, windSpeedMps REAL, windFromDirectionDeg REAL, windGustMps REAL, uvIndex REAL,
        rain1hMm REAL, snow1hMm REAL,
        conditionId INTEGER, conditionDescription TEXT, conditionIcon TEXT,
        sunriseAt INTEGER, sunsetAt INTEGER, flags TEXT, corrections INTEGER NOT NULL DEFAULT 0,
        -- Rank of the newest arrival that confirmed these values; confirmedAt is NULL while it is receivedAt.
        confirmedAt INTEGER, partition INTEGER NOT NULL, "offset" INTEGER NOT NULL, item INTEGER NOT NULL,
        PRIMARY KEY (bucket, place, validAt, source)
      ) WITHOUT ROWID, STRICT;
      -- Valid time of each place's newest reading.
      CREATE TABLE latest (place INTEGER PRIMARY KEY, bucket INTEGER NOT NULL, validAt INTEGER NOT NULL) STRICT;
      CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;

      -- state: index in SLOT_STATES.
      CREATE TABLE slots (
        slotAt INTEGER NOT NULL, place INTEGER NOT NULL, state INTEGER NOT NULL, version INTEGER NOT NULL,
        arrivedAt INTEGER, validAt INTEGER, source INTEGER, reason TEXT, detail TEXT,
        PRIMARY KEY (slotAt, place)
      ) WITHOUT ROWID, STRICT;

      CREATE TABLE quarantine (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, topic TEXT NOT NULL, partition INTEGER NOT NULL,
        "offset" INTEGER NOT NULL, item INTEGER NOT NULL, receivedAt INTEGER NOT NULL, code TEXT NOT NULL,
        detail TEXT NOT NULL, value BLOB NOT NULL, valueBytes INTEGER NOT NULL, placeId TEXT, slotAt INTEGER, source TEXT
      ) STRICT;
      CREATE INDEX quarantine_code ON quarantine (code);

      CREATE TABLE group_positions (
        journal TEXT NOT NULL, name TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
        "offset" INTEGER NOT NULL, PRIMARY KEY (journal, name, topic, partition)
      ) WITHOUT ROWID, STRICT;

      -- packed: see forecast-codec.ts.
      CREATE TABLE predictions (
        place INTEGER NOT NULL, issuedAt INTEGER NOT NULL, model TEXT NOT NULL, source INTEGER NOT NULL,
        tier TEXT NOT NULL, local INTEGER NOT NULL, thinned INTEGER NOT NULL DEFAULT 0, packed BLOB NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX predictions_key ON predictions (place, issuedAt, model);
      CREATE INDEX predictions_full ON predictions (issuedAt) WHERE thinned = 0;
      CREATE TABLE provider_forecasts (
        place INTEGER NOT NULL, source INTEGER NOT NULL, issuedAt INTEGER NOT NULL, receivedAt INTEGER NOT NULL,
        model TEXT, packed BLOB NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX provider_forecasts_key ON provider_forecasts (place, source, issuedAt);
      CREATE INDEX provider_forecasts_issue ON provider_forecasts (place, issuedAt, source);

      CREATE TABLE forecaster_states (
        place INTEGER NOT NULL, source INTEGER NOT NULL, model TEXT NOT NULL, version INTEGER NOT NULL, bytes BLOB NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX forecaster_states_key ON forecaster_states (place, source);
      CREATE TABLE feed_positions (name TEXT PRIMARY KEY, position TEXT NOT NULL) WITHOUT ROWID, STRICT;

      -- One row per batch; last and count number its items: (last - count, last]. items: see feed.ts.
      CREATE TABLE feed (
        last INTEGER PRIMARY KEY, count INTEGER NOT NULL, at INTEGER NOT NULL, items TEXT NOT NULL
      ) STRICT;

      CREATE TABLE quota (id TEXT PRIMARY KEY, windowAt INTEGER NOT NULL, used REAL NOT NULL) WITHOUT ROWID, STRICT;
      CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;

      -- For people with an SQL prompt: every reading with its names and readable times.
      CREATE VIEW readings AS
        SELECT places.id AS placeId, strftime('%Y-%m-%dT%H:%M:%SZ', o.validAt / 1000, 'unixepoch') AS validAtUtc,
          sources.id AS source, iif(o.analysis, 'analysis', 'observation') AS kind,
          strftime('%Y-%m-%dT%H:%M:%SZ', o.receivedAt / 1000, 'unixepoch') AS receivedAtUtc,
          o.temperatureC, o.feelsLikeC, o.dewPointC, o.pressureHpa, o.humidityPct, o.cloudCoverPct, o.visibilityM,
          o.windSpeedMps, o.windFromDirectionDeg, o.windGustMps, o.uvIndex, o.rain1hMm, o.snow1hMm, o.conditionId,
          o.flags, o.corrections
        FROM observations o JOIN places ON places.number = o.place JOIN sources ON sources.number = o.source;
    `),
  (db) =>
    db.exec(`
      CREATE TABLE documents (
        collection TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (collection, key)
      ) WITHOUT ROWID, STRICT;
    `),
  (db) =>
    db.exec(`
      ALTER TABLE provider_forecasts ADD COLUMN firstReceivedAt INTEGER NOT NULL DEFAULT 0;
      UPDATE provider_forecasts SET firstReceivedAt = receivedAt;
    `),
  // Documents of megabytes lie beside small ones: with the values in the key's tree, each look-up on its way read them.
  (db) =>
    db.exec(`
      ALTER TABLE documents RENAME TO documents_before;
      CREATE TABLE documents (
        collection TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (collection, key)
      ) STRICT;
      INSERT INTO documents SELECT collection, key, version, value FROM documents_before;
      DROP TABLE documents_before;
    `),
];

/** Brings the file to the newest version, or makes it. @throws HarmattanError HMT_STORE_NEWER, HMT_STORE_UNAVAILABLE */
export function migrate(db: Database, migrations = MIGRATIONS): void {
  const pragma = (name: string) => db.query<[number]>(`PRAGMA ${name}`).get()?.[0] ?? 0;
  const check = () => {
    const version = pragma('user_version');
    const application = pragma('application_id');
    const tables = db.query<[number]>('SELECT count(*) FROM sqlite_schema').get()?.[0] ?? 0;
    if (application !== APPLICATION_ID && (application !== 0 || tables > 0))
      throw new HarmattanError('HMT_STORE_UNAVAILABLE', { detail: `${db.path} is a file of another program.` });
    if (version > migrations.length)
      throw new HarmattanError('HMT_STORE_NEWER', {
        detail: `${db.path} has version ${version}; this program knows up to ${migrations.length}.`,
      });
    return version;
  };
  if (db.read(check) === migrations.length) return;
  db.write(() => {
    // Looked at again inside the transaction: two processes may open a new folder at once.
    for (const step of migrations.slice(check())) step(db);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
  });
}
