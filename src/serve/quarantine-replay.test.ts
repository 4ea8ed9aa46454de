import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { processOptions } from '../process/config.ts';
import { replayQuarantine } from '../process/quarantine.ts';
import { processStage } from '../process/runner.ts';
import { auditLog } from './audit-log.ts';
import { NOW, PLACES, type SeededFolder, seededFolder } from './seeded.test.ts';
import { serveApp } from './server.ts';
import { createToken } from './token.ts';

const LETTERS = 12;

test('a replay says first what it would do, brings every row once however often it is asked, and is audited', async (t) => {
  let folder: SeededFolder;
  folder = await seededFolder({
    days: 0,
    program: {
      replayQuarantine: ({ ids, code, dryRun }) =>
        replayQuarantine({
          store: folder.store,
          journal: folder.journal,
          ids,
          dryRun,
          ...(code === null ? {} : { reason: code }),
        }),
    },
  });
  const app = await serveApp(folder.input);
  t.after(async () => {
    await app.close();
    await folder.close();
  });
  const { journal, store, clock } = folder;
  // The places are unknown at first, and known after the fix.
  const stage = (places = PLACES) =>
    processStage({
      journal,
      store,
      places,
      context: { clock, random: seededRandom(1), logger: silentLogger, meter: silentMeter },
      options: processOptions.parse({}),
    });
  const record = (index: number) =>
    JSON.stringify([
      { region_name: 'Kolda', lat: 12.8833, lon: -14.9667, data_dt: NOW / 1000 - index * 60, data_temp: 30 },
    ]);
  await journal.append(
    'observations',
    Array.from({ length: LETTERS }, (_, index) => ({ key: null, headers: {}, value: Buffer.from(record(index)) })),
  );
  const blind = stage(PLACES.filter(({ id }) => id !== 'kolda'));
  await blind.drain();
  await blind.close();
  assert.deepEqual(await store.quarantine.count(), { HMT_PROCESS_PLACE_UNKNOWN: LETTERS });

  const { token } = await createToken(store.documents, { name: 'ops', scopes: ['quarantine'], now: NOW });
  const post = (payload: object, headers: Record<string, string> = { authorization: `Bearer ${token}` }) =>
    app.inject({ method: 'POST', url: '/api/v1/quarantine/replay', headers, payload });
  assert.equal((await post({ dryRun: false }, {})).statusCode, 401);
  assert.equal(
    (await post({ dryRun: false }, { authorization: `Bearer ${token}`, 'sec-fetch-site': 'cross-site' })).statusCode,
    403,
  );
  const dry = (await post({ code: 'HMT_PROCESS_PLACE_UNKNOWN' })).json();
  assert.deepEqual([dry.dryRun, dry.replayed.length, dry.left], [true, LETTERS, []]);
  assert.deepEqual(await store.quarantine.count(), { HMT_PROCESS_PLACE_UNKNOWN: LETTERS });
  assert.equal((await auditLog(store.documents, 9)).length, 0);

  const seeing = stage();
  for (const replayed of [LETTERS, 0]) {
    const done = (await post({ dryRun: false, reason: 'the place is known now' })).json();
    assert.equal(done.replayed.length, replayed);
    await seeing.drain();
    assert.equal((await store.observations.extent())?.count, LETTERS);
    assert.deepEqual(await store.quarantine.count(), {});
  }
  await seeing.close();
  const entries = await auditLog(store.documents, 9);
  assert.deepEqual(
    entries.map(({ what, why, at }) => [what, why, at]),
    [
      ['quarantine.replay', 'the place is known now', NOW],
      ['quarantine.replay', 'the place is known now', NOW],
    ],
  );
  assert.match(entries[0]?.who ?? '', /^token ops /);
});
