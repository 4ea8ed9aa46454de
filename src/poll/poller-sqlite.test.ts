import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HarmattanError } from '../core/errors.ts';
import { silentLogger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { DAY_MS, HOUR_MS, type ManualClock, MINUTE_MS, manualClock } from '../core/time.ts';
import { sqliteJournal } from '../journal/sqlite/journal.ts';
import { expectedSlots, readEras } from '../ledger/era.ts';
import { processOptions } from '../process/config.ts';
import { processStage } from '../process/runner.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import { pollOptions } from './config.ts';
import { placesOf, toldSource } from './poll-world.contract.ts';
import { pollStage } from './poller.ts';
import type { Source } from './source.ts';

/** The poll and process stages over a folder, from opening it to closing it, as one process would. */
async function lifetime(
  folder: string,
  clock: ManualClock,
  source: Source,
  use: (stages: {
    store: Awaited<ReturnType<typeof sqliteStore>>;
    stage: ReturnType<typeof pollStage>;
  }) => Promise<void>,
): Promise<void> {
  const places = placesOf(13);
  const logger = silentLogger;
  const context = { clock, random: seededRandom(1), logger, meter: silentMeter };
  const journal = await sqliteJournal({ folder, clock, logger, watchForeignMs: null });
  const store = await sqliteStore({
    folder,
    clock,
    logger,
    nature: 'live',
    preference: ['a'],
    retentionDays: null,
    watchForeignMs: null,
  });
  const transport = () => Promise.reject(new HarmattanError('HMT_POLL_UNREACHABLE'));
  const options = pollOptions.parse({});
  const stage = pollStage({ sources: [source], places, journal, store, context, transport, options });
  const process = processStage({ journal, store, places, context, options: processOptions.parse({}) });
  const stop = new AbortController();
  const running = [stage.run(stop.signal), process.run(stop.signal)];
  await use({ store, stage });
  stop.abort();
  await clock.settle();
  await Promise.all(running);
  await journal.close();
  await store.close();
}

test('over a real folder: a day with an outage and a downtime ends with every slot filled and the quota counted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'poll-'));
  try {
    const startAt = Date.UTC(2024, 1, 29);
    const clock = manualClock(startAt);
    const source = toldSource('a', { quota: [{ name: 'day', limit: 10_000 }] });
    await lifetime(folder, clock, source, async () => {
      await clock.advanceBy(5 * HOUR_MS);
      source.behave = () => {
        throw new HarmattanError('HMT_POLL_PROVIDER_FAILED');
      };
      await clock.advanceBy(2 * HOUR_MS);
      source.behave = () => undefined;
      await clock.advanceBy(HOUR_MS);
    });
    await clock.advanceBy(6 * HOUR_MS + 7 * MINUTE_MS);
    await lifetime(folder, clock, source, async ({ store, stage }) => {
      await clock.advanceTo(startAt + DAY_MS - MINUTE_MS);
      const counts = await store.slots.count(startAt, startAt + DAY_MS);
      // The slot in which the provider recovered waits for the breaker's trial.
      const { arrived, late, backfilled, ...rest } = counts;
      assert.equal(arrived + late + backfilled, 96 * 13);
      assert.ok(late <= 13);
      assert.ok(backfilled >= 13 * 24);
      assert.ok(Object.values(rest).every((count) => count === 0));
      let expected = 0;
      for (const { placeIds } of expectedSlots(await readEras(store), startAt, startAt + DAY_MS))
        expected += placeIds.length;
      assert.equal(expected, 96 * 13);
      const [standing] = await stage.standings();
      const charged = source.calls.reduce((sum, { placeIds }) => sum + placeIds.length, 0);
      assert.equal(standing?.quota[0]?.used, charged);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
