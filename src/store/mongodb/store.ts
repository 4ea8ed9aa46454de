import { HarmattanError } from '../../core/errors.ts';
import type { Clock } from '../../core/time.ts';
import type { Place } from '../../weather/place.ts';
import { sourceOrder } from '../preference.ts';
import type { Store } from '../store.ts';
import { arrivalWriter } from './arrivals.ts';
import { type Collections, collectionsOf, makeIndexes } from './collections.ts';
import type { MongodbOptions } from './config.ts';
import { type MongoDatabase, openMongoDatabase } from './database.ts';
import { mongodbDocuments } from './documents.ts';
import { makeEventIndexes, mongodbEventLog } from './event-log.ts';
import { mongodbFacts } from './facts.ts';
import { isDuplicate } from './failure.ts';
import { mongodbFeed } from './feed.ts';
import { mongodbIngest } from './ingest.ts';
import { latestReadings } from './latest.ts';
import { naturalOrder } from './natural-order.ts';
import { mongodbObservations } from './observations.ts';
import { originalPredictions } from './original-predictions.ts';
import { mongodbPredictions } from './predictions.ts';
import { mongodbProviderForecasts } from './provider-forecasts.ts';
import { mongodbQuarantine } from './quarantine.ts';
import { mongodbQuota } from './quota.ts';
import { retention } from './retention.ts';
import { mongodbSlots } from './slots.ts';
import { mongodbStates } from './states.ts';

export interface MongodbStoreOptions {
  readonly mongodb: MongodbOptions;
  readonly clock: Clock;
  readonly nature: Store['nature'];
  /** Ids of sources, the preferred first. Others follow alphabetically. */
  readonly preference: readonly string[];
  /** How long rows are kept, counted from the instant they describe; `null`: for ever. */
  readonly retentionDays: number | null;
  /** Entries that the log of events keeps. */
  readonly eventsKept?: number;
  /** How often to look for other processes' writes while somebody waits for the feed, ms; `null`: never. */
  readonly watchForeignMs: number | null;
  /** What is known about a place, for the original's documents; `null`: only its id. */
  readonly placeOf: (placeId: string) => Place | null;
}

export interface MongodbStore extends Store {
  /** Resolves when nothing that was begun is under way. */
  atRest(): Promise<void>;
}

const EVENTS_KEPT = 200_000;

/** The layout of the rows; another one is another version of the program. */
const FORMAT = 1;

/**
 * A store in MongoDB that many processes on many machines share. Nothing needs a transaction: see ingest.ts for the order
 * of writes.
 *
 * @throws HarmattanError HMT_STORE_UNREACHABLE, HMT_STORE_LOGIN_REFUSED, HMT_STORE_TLS, HMT_STORE_FORBIDDEN, HMT_STORE_NEWER,
 *   HMT_FOLDER_MIXED
 */
export async function mongodbStore(options: MongodbStoreOptions): Promise<MongodbStore> {
  const database = await openMongoDatabase(options.mongodb);
  try {
    const collections = collectionsOf(database);
    await claim(database, collections, options);
    if (!database.scans) {
      await makeIndexes(database, collections);
      await makeEventIndexes(database);
    }
    return roomsOf(options, database, collections);
  } catch (error) {
    await database.close();
    throw error;
  }
}

function roomsOf(options: MongodbStoreOptions, database: MongoDatabase, collections: Collections): MongodbStore {
  const { clock, nature, retentionDays, watchForeignMs, placeOf } = options;
  const compare = sourceOrder(options.preference);
  const order = naturalOrder(database, collections);
  const latest = latestReadings(database, collections, compare, order);
  const feed = mongodbFeed({ database, collections, clock, watchForeignMs });
  const slots = mongodbSlots({ database, collections, feed, clock });
  const quarantine = mongodbQuarantine(database, collections);
  const facts = mongodbFacts(database, collections);
  const predictions = mongodbPredictions(database, collections, originalPredictions(database, collections, placeOf));
  const { add: addProviderForecasts, ...providerIssues } = mongodbProviderForecasts(database, collections);
  const providerForecasts = { add: addProviderForecasts, ...providerIssues };
  const writeArrivals = arrivalWriter({ database, collections, compare, placeOf, order });
  const trim = retention({ database, collections, feed, latest, facts, retentionDays });
  return {
    nature,
    ingest: mongodbIngest({
      database,
      collections,
      writeArrivals,
      latest,
      order,
      slots,
      quarantine,
      providerForecasts,
      feed,
    }),
    observations: mongodbObservations({ database, collections, compare, latest, order }),
    slots,
    quarantine,
    predictions: { ...predictions, ...providerIssues },
    states: mongodbStates(database, collections, feed, predictions),
    feed,
    quota: mongodbQuota(database, collections),
    facts,
    documents: mongodbDocuments(database),
    events: mongodbEventLog(database, collections, options.eventsKept ?? EVENTS_KEPT),
    // Every write was on the disk of a majority before it resolved.
    sync: async () => {},
    trim: async (now) => {
      await order.recover();
      return trim(now);
    },
    backup: async () => {
      throw new HarmattanError('HMT_STORE_BACKUP_ELSEWHERE');
    },
    atRest: database.atRest,
    close: async () => {
      feed.close();
      await database.close();
    },
  };
}

/** The first process to open a database says what it holds; everybody after must agree. */
async function claim(
  database: MongoDatabase,
  { meta }: Pick<Collections, 'meta'>,
  { nature, mongodb }: MongodbStoreOptions,
): Promise<void> {
  const find = () => database.run(() => meta.findOne({ _id: 'store' }));
  let found = await find();
  if (!found)
    try {
      await database.run(() => meta.insertOne({ _id: 'store', nature, format: FORMAT }));
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  found ??= await find();
  if (Number(found?.format) > FORMAT)
    throw new HarmattanError('HMT_STORE_NEWER', {
      detail: `The database ${mongodb.database} has layout ${found?.format}; this program knows up to ${FORMAT}.`,
    });
  if (found?.nature !== nature)
    throw new HarmattanError('HMT_FOLDER_MIXED', {
      detail: `The database ${mongodb.database} holds ${found?.nature} data, this run is ${nature}.`,
    });
}
