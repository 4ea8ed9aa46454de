import { after, before, describe } from 'node:test';
import { type MongodbStore, mongodbStore } from '../../src/store/mongodb/store.ts';
import { storeContract } from '../../src/store/store.contract.ts';
import { type FerretdbServer, ferretdbAvailable, startFerretdb } from '../servers/ferretdb.ts';
import { skipWithout } from '../servers/tools.ts';
import { dropDatabase, scratchMongodb } from './mongodb-scratch.ts';

describe('MongoDB', { skip: skipWithout('FerretDB', ferretdbAvailable()) }, () => {
  let server: FerretdbServer;
  before(async () => {
    server = await startFerretdb();
  });
  after(() => server.stop());

  storeContract(
    'the MongoDB store',
    async () => {
      const mongodb = scratchMongodb(server);
      const opened: MongodbStore[] = [];
      return {
        open: async (setting) => {
          const store = await mongodbStore({ mongodb, placeOf: () => null, ...setting });
          opened.push(store);
          return store;
        },
        atRest: async () => {
          for (const store of opened) await store.atRest();
        },
        remove: () => dropDatabase(mongodb),
      };
    },
    { atomicBatches: false },
  );
});
