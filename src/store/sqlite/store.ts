import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { HarmattanError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Clock } from '../../core/time.ts';
import type { Store } from '../store.ts';
import { type BackupAddition, sqliteBackup } from './backup.ts';
import { type Database, openDatabase, storeError } from './database.ts';
import { dictionary } from './dictionary.ts';
import { sqliteDocuments } from './documents.ts';
import { sqliteEventLog } from './event-log.ts';
import { sqliteFacts } from './facts.ts';
import { sqliteFeed } from './feed.ts';
import { sqliteIngest } from './ingest.ts';
import { latestReadings } from './latest.ts';
import { sqliteObservations } from './observations.ts';
import { sqlitePredictions } from './predictions.ts';
import { sourcePreference } from './preference.ts';
import { sqliteQuarantine } from './quarantine.ts';
import { sqliteQuota } from './quota.ts';
import { retention } from './retention.ts';
import { migrate } from './schema.ts';
import { sqliteSlots } from './slots.ts';
import { sqliteStates } from './states.ts';

export interface SqliteStoreOptions {
  /** The data folder; made when it is absent. The store is `store.db` in it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nature: Store['nature'];
  /** Ids of sources, the preferred first. Others follow alphabetically. */
  readonly preference: readonly string[];
  /** How long rows are kept, counted from the instant they describe; `null`: for ever. */
  readonly retentionDays: number | null;
  /** Entries that the log of events keeps. */
  readonly eventsKept?: number;
  /** How often to look for other processes' commits while somebody waits for the feed, ms; `null`: never. */
  readonly watchForeignMs: number | null;
  /** Adds what else a backup must hold (the journal) to the file, after the store's own snapshot. */
  readonly backupAlso?: BackupAddition;
  /** False: nothing waits for the disk: for a past that is simulated and can be simulated again. */
  readonly fsync?: boolean;
  /** True: nobody else opens the folder meanwhile, so that its locks are taken once and not at every look. */
  readonly alone?: boolean;
  /** Limit on the file's size; the disk's by default. */
  readonly maxBytes?: number;
}

const EVENTS_KEPT = 200_000;

/** The name of the store's file in its folder. */
export const STORE_FILE = 'store.db';

/**
 * The embedded store: one SQLite file that several processes may have open at once.
 *
 * @throws HarmattanError HMT_FOLDER_READ_ONLY, HMT_FOLDER_MIXED, HMT_STORE_NEWER, HMT_STORE_UNAVAILABLE, HMT_STORE_FULL
 */
export function sqliteStore(options: SqliteStoreOptions): Store {
  const { folder, clock, logger, nature, retentionDays, watchForeignMs } = options;
  const path = join(folder, STORE_FILE);
  makeFolder(folder);
  const db = openDatabase({ path, maxBytes: options.maxBytes, fsync: options.fsync, alone: options.alone });
  try {
    migrate(db);
    fixNature(db, nature);
    const places = dictionary(db, 'places');
    const sources = dictionary(db, 'sources');
    const preference = sourcePreference(options.preference, sources);
    const feed = sqliteFeed({ db, places, sources, clock, watchForeignMs });
    const slots = sqliteSlots({ db, places, sources, feed, clock });
    const latest = latestReadings(db, places, sources, preference);
    const predictions = sqlitePredictions(db, places, sources);
    const quarantine = sqliteQuarantine(db);
    const events = sqliteEventLog({
      folder,
      most: options.eventsKept ?? EVENTS_KEPT,
      maxBytes: options.maxBytes,
      alone: options.alone,
    });
    const trim = retention({ db, feed, latest, retentionDays });
    return {
      nature,
      ingest: sqliteIngest({ db, places, sources, feed, slots, latest, predictions, quarantine }),
      observations: sqliteObservations({ db, places, sources, preference, latest }),
      slots,
      quarantine,
      predictions,
      states: sqliteStates({ db, places, sources, feed, predictions }),
      feed,
      quota: sqliteQuota(db),
      facts: sqliteFacts(db),
      documents: sqliteDocuments(db),
      events,
      sync: async () => {
        // Any durable write takes what was committed before it along.
        db.write(() => db.statement("UPDATE store_meta SET value = value WHERE key = 'nature'").run(), 'durable');
      },
      trim: async (now) => trim(now),
      backup: async (file, onProgress) => {
        await sqliteBackup({ folder, file, madeAt: clock.now(), onProgress, alsoInto: options.backupAlso });
        logger.info('The backup is complete.', { file });
      },
      close: async () => {
        feed.close();
        events.close();
        db.close();
      },
    };
  } catch (error) {
    db.close();
    throw storeError(error, path);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw storeError(error, folder);
  }
}

/** The first process to open a folder says what it holds; everybody after must agree. */
function fixNature(db: Database, nature: Store['nature']): void {
  const select = db.query<[string]>("SELECT value FROM store_meta WHERE key = 'nature'");
  const found = () => db.read(() => select.get()?.[0]);
  if (found() === undefined)
    db.write(() =>
      db.statement("INSERT INTO store_meta (key, value) VALUES ('nature', ?) ON CONFLICT DO NOTHING").run(nature),
    );
  if (found() !== nature)
    throw new HarmattanError('HMT_FOLDER_MIXED', {
      detail: `${db.path} holds ${found()} data, this run is ${nature}.`,
    });
}
