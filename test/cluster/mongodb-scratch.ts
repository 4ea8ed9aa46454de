import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { type MongodbOptions, mongodbOptions } from '../../src/store/mongodb/config.ts';
import type { FerretdbServer } from '../servers/ferretdb.ts';

/** A database of its own for one test, on a server that several share. */
export const scratchMongodb = ({ url }: Pick<FerretdbServer, 'url'>): MongodbOptions =>
  mongodbOptions.parse({ url, database: `t${randomUUID().slice(0, 8)}` });

/** Removes a test's database. */
export async function dropDatabase({ url, database }: MongodbOptions): Promise<void> {
  const client = new MongoClient(url);
  await client.db(database).dropDatabase();
  await client.close();
}

/** The environment that makes the program keep its rows in this database. */
export const mongodbEnvironment = ({ url, database }: MongodbOptions): Record<string, string> => ({
  HARMATTAN_STORE_KIND: 'mongodb',
  HARMATTAN_MONGODB_URL: url,
  HARMATTAN_MONGODB_DATABASE: database,
});
