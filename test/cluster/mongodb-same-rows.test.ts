import assert from 'node:assert/strict';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadPlaces } from '../../src/weather/place.ts';
import { documentOf, outputOf, temporaryFolder } from '../program.ts';
import { type FerretdbServer, ferretdbAvailable, startFerretdb } from '../servers/ferretdb.ts';
import { skipWithout } from '../servers/tools.ts';
import { mongodbEnvironment, scratchMongodb } from './mongodb-scratch.ts';
import { assertSameRows, exportedRows, HOME, lived } from './same-life.ts';

/** `HMT_DAYS=30 npm run test:cluster -- mongodb-same-rows` takes a month. */
const DAYS = Number(process.env.HMT_DAYS ?? 1);

const skip = skipWithout('FerretDB', ferretdbAvailable());
let server: FerretdbServer | null = null;
if (!skip) {
  before(async () => {
    server = await startFerretdb();
  });
  after(() => server?.stop());
}

test(`the journal of ${DAYS} simulated days with all faults leaves the same in MongoDB as in a folder, byte for byte`, {
  skip,
}, async (t) => {
  assert.ok(server);
  const places = loadPlaces(join(HOME, 'regions', 'senegal.json'));
  const { folder, report } = await lived(t, 'embedded', { days: DAYS, seed: 1, places });
  assert.ok(report.corrections > 0);

  const copy = (name: string) => {
    const to = temporaryFolder(t, name);
    for (const file of readdirSync(folder).filter((one) => one.startsWith('journal.db')))
      copyFileSync(join(folder, file), join(to, file));
    return to;
  };
  const settings = { HARMATTAN_SOURCE: 'simulator' };
  const embedded = copy('folder');
  await outputOf(['process', '--data', embedded], { env: settings });

  const mongodb = copy('mongodb');
  const env = { ...settings, ...mongodbEnvironment(scratchMongodb(server)) };
  const startedAt = performance.now();
  await outputOf(['process', '--data', mongodb], { env });
  t.diagnostic(`into MongoDB: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  const rows = await exportedRows(mongodb, env);
  // The command that processes a journal issues no forecasts.
  assertSameRows(rows, await exportedRows(embedded, settings), ['observations', 'slots', 'quarantine']);
  const audit = await documentOf<Readonly<Record<'lost' | 'doubled', { count: number }>>>(
    ['verify', '--data', mongodb],
    { env },
  );
  assert.deepEqual([audit.lost.count, audit.doubled.count], [0, 0]);
});
