import { existsSync } from 'node:fs';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { type Collection, type Db, type Document, MongoClient, type MongoClientOptions } from 'mongodb';
import { HarmattanError } from '../../core/errors.ts';
import type { MongodbOptions } from './config.ts';
import { isDuplicate, mongodbFailure } from './failure.ts';

/** A row of ours whose key is a text. */
export interface Keyed extends Document {
  readonly _id: string;
}

/** The connection to the database that holds a store. */
export interface MongoDatabase {
  collection<Row extends Document>(name: string): Collection<Row>;
  /**
   * The rows of these keys, in the same order; `undefined` where there is none. On MongoDB one question; an engine that
   * looks up by one `_id` alone is asked for each.
   */
  byIds<Row extends Document>(collection: Collection<Row>, ids: readonly Row['_id'][]): Promise<(Row | undefined)[]>;
  /** Does one thing with the driver; its failures come as ours. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  /** `run` for what makes a row that is not there: once more where another process made it in the same moment. */
  upsert<Result>(work: () => Promise<Result>): Promise<Result>;
  /**
   * Whether the engine finds rows by nothing but one exact `_id` and reads whole collections for any other question, as
   * FerretDB 1 does. It then gets no indexes, which would cost without serving.
   */
  readonly scans: boolean;
  /** Resolves when nothing that was begun is under way. */
  atRest(): Promise<void>;
  close(): Promise<void>;
}

/** Look-ups under way at once where each key is asked for by itself. */
const ABREAST = 16;

/**
 * Connects and asks the server what it is.
 *
 * @throws HarmattanError HMT_STORE_UNREACHABLE, HMT_STORE_LOGIN_REFUSED, HMT_STORE_TLS, HMT_STORE_FORBIDDEN
 */
export async function openMongoDatabase(options: MongodbOptions): Promise<MongoDatabase> {
  const where = options.url.replace(/^mongodb(\+srv)?:\/\//, '').replace(/[/?].*$/, '');
  let underWay = 0;
  const waiting: (() => void)[] = [];
  const run = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    underWay++;
    try {
      return await work();
    } catch (error) {
      throw mongodbFailure(error, where);
    } finally {
      underWay--;
      if (underWay === 0) for (const resolve of waiting.splice(0)) resolve();
    }
  };
  const client = await run(async () => new MongoClient(options.url, clientOptions(options)));
  const db: Db = client.db(options.database);
  let scans: boolean;
  try {
    // The first command that needs the login; what is wrong with it shows here.
    const { ferretdbVersion } = await run(() => db.command({ buildInfo: 1 }));
    scans = typeof ferretdbVersion === 'string' && !/^v?[2-9]/.test(ferretdbVersion);
    await run(() => db.collection('hmt_meta').findOne({ _id: 'store' as never }));
  } catch (error) {
    await client.close();
    throw error;
  }
  return {
    scans,
    run,
    upsert: (work) =>
      run(work).catch((error: unknown) => {
        if (!isDuplicate(error)) throw error;
        return run(work);
      }),
    collection: (name) => db.collection(name),
    byIds: async (collection, ids) => {
      const rows = await run(() => (scans ? eachById(collection as never, ids) : allByIds(collection as never, ids)));
      return rows as never;
    },
    atRest: async () => {
      // What came back may be gone on with: only a turn of the loop in which nothing was begun is rest.
      for (let quiet = 0; quiet < 2; quiet = underWay === 0 ? quiet + 1 : 0) {
        if (underWay > 0) await new Promise<void>((resolve) => waiting.push(resolve));
        await turnOfTheLoop();
      }
    },
    close: async () => {
      await run(() => client.close());
    },
  };
}

async function allByIds(collection: Collection<never>, ids: readonly unknown[]): Promise<unknown[]> {
  if (ids.length === 0) return [];
  const rows = await collection.find({ _id: { $in: ids } } as never).toArray();
  const byId = new Map(rows.map((row) => [String((row as Document)._id), row]));
  return ids.map((id) => byId.get(String(id)));
}

async function eachById(collection: Collection<never>, ids: readonly unknown[]): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (let at = 0; at < ids.length; at += ABREAST) {
    const some = ids.slice(at, at + ABREAST).map((id) => collection.findOne({ _id: id } as never));
    for (const row of await Promise.all(some)) rows.push(row ?? undefined);
  }
  return rows;
}

function clientOptions(options: MongodbOptions): MongoClientOptions {
  const { username, password, authSource, tls, tlsCaFile, timeoutMs } = options;
  if ((username === null) !== (password === null))
    throw new HarmattanError('HMT_CONFIG_INVALID', {
      detail: 'mongodb.username and mongodb.password go together.',
      field: username === null ? 'mongodb.username' : 'mongodb.password',
    });
  if (tlsCaFile !== null && !existsSync(tlsCaFile))
    throw new HarmattanError('HMT_CONFIG_INVALID', {
      detail: `mongodb.tlsCaFile: ${tlsCaFile} cannot be read.`,
      field: 'mongodb.tlsCaFile',
    });
  return {
    appName: 'harmattan',
    serverSelectionTimeoutMS: timeoutMs,
    connectTimeoutMS: timeoutMs,
    socketTimeoutMS: 6 * timeoutMs,
    maxPoolSize: 2 * ABREAST,
    ignoreUndefined: true,
    // A row that was acknowledged must outlive the member that took it.
    writeConcern: { w: 'majority', journal: true },
    readPreference: 'primary',
    retryReads: true,
    retryWrites: false,
    ...(username === null || password === null ? {} : { auth: { username, password } }),
    ...(authSource === null ? {} : { authSource }),
    ...(tls ? { tls: true } : {}),
    ...(tlsCaFile === null ? {} : { tlsCAFile: tlsCaFile }),
  };
}
