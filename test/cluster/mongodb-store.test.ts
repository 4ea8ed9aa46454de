import { after, before, describe } from 'node:test';
import { systemClock } from '../../src/core/time.ts';
import { eventLogContract } from '../../src/store/event-log.contract.ts';
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

  eventLogContract('the MongoDB store', async (eventsKept) => {
    const mongodb = scratchMongodb(server);
    const setting = { preference: [], retentionDays: null, watchForeignMs: null, nature: 'live' } as const;
    const store = await mongodbStore({ mongodb, clock: systemClock, placeOf: () => null, eventsKept, ...setting });
    const remove = async () => {
      await store.close();
      await dropDatabase(mongodb);
    };
    return { log: store.events, remove };
  });
});
