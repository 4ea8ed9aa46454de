import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MongoClient } from 'mongodb';
import { ferretdbAvailable, startFerretdb } from '../servers/ferretdb.ts';
import { skipWithout } from '../servers/tools.ts';

test('what was written to FerretDB is there after a kill', {
  skip: skipWithout('FerretDB', ferretdbAvailable()),
}, async (t) => {
  const server = await startFerretdb();
  t.after(() => server.stop());
  const client = new MongoClient(server.url);
  t.after(() => client.close());
  const rows = client.db('test').collection<{ _id: string }>('rows');
  await rows.insertMany([{ _id: 'a' }, { _id: 'b' }]);
  await server.restart('SIGKILL');
  assert.deepEqual(await rows.find().toArray(), [{ _id: 'a' }, { _id: 'b' }]);
});
