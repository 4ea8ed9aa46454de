import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { MemoryJournal } from '../../test/memory-journal.ts';
import type { Context } from '../core/context.ts';
import { HarmattanError } from '../core/errors.ts';
import { silentLogger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { HOUR_MS, type ManualClock, MINUTE_MS, manualClock } from '../core/time.ts';
import { observationMessage } from '../journal/flat-record.ts';
import { forecastMessage } from '../journal/forecast-record.ts';
import type { JournalMessage } from '../journal/journal.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import type { IngestBatch, Store, StoredObservation } from '../store/store.ts';
import type { Observation } from '../weather/observation.ts';
import { loadPlaces, type Place } from '../weather/place.ts';
import { noValues } from '../weather/quantity.ts';
import { processOptions } from './config.ts';
import { PROCESS_FACT, PROCESS_GROUP, type ProcessStageInput, processStage } from './runner.ts';

const places = loadPlaces(new URL('../../regions/senegal.json', import.meta.url).pathname);
const slotAt = Date.UTC(2026, 6, 22, 12, 45);
const startAt = slotAt + 3000;
const dakar = places.find(({ id }) => id === 'dakar') as Place;

let root: string;
let clock: ManualClock;
let journal: MemoryJournal;
let store: Store;

const openStore = (name: string) =>
  sqliteStore({
    folder: join(root, name),
    clock,
    logger: silentLogger,
    nature: 'live',
    preference: ['open-meteo', 'openweathermap'],
    retentionDays: null,
    watchForeignMs: null,
  });

const context = (): Context => ({ clock, random: seededRandom(1), logger: silentLogger, meter: silentMeter });

const stageOn = (target: Store, more: Partial<ProcessStageInput> = {}) =>
  processStage({ journal, store: target, places, context: context(), options: processOptions.parse({}), ...more });

function observation(place: Place, at: number, temperatureC: number, more: Partial<Observation> = {}): Observation {
  return {
    placeId: place.id,
    validAt: at,
    slotAt: at,
    receivedAt: at + 2000,
    source: 'open-meteo',
    kind: 'analysis',
    issuedAt: null,
    values: { ...noValues(), temperatureC },
    condition: null,
    sunriseAt: null,
    sunsetAt: null,
    flags: [],
    ...more,
  };
}

const message = (one: Observation, notes = { stale: false, backfill: false }): JournalMessage =>
  observationMessage(one, places.find(({ id }) => id === one.placeId) ?? dakar, notes);

const raw = (text: string | Uint8Array): JournalMessage => ({ key: null, headers: {}, value: Buffer.from(text) });

/** Everything a store holds that a replay must give again. */
async function contentsOf(one: Store) {
  const rows: StoredObservation[] = [];
  for await (const row of one.observations.stream({ from: 0, to: Number.MAX_SAFE_INTEGER, which: 'all' }))
    rows.push(row);
  const slots = await one.slots.query({ from: 0, to: Number.MAX_SAFE_INTEGER, limit: 10_000 });
  const quarantined = await one.quarantine.query({ limit: 1000 });
  return {
    rows,
    slots: slots.items.map(({ version: _, ...slot }) => slot),
    quarantined: quarantined.items.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'harmattan-process-'));
  clock = manualClock(startAt);
  journal = new MemoryJournal(clock);
  store = openStore('store');
});

afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

/** Two days at every place, with corrections, rubbish, old answers, failures and doubts among them. */
async function fillJournal(): Promise<void> {
  for (let step = 0; step < 192; step++) {
    const at = slotAt + step * 15 * MINUTE_MS;
    clock.set(at + 3000);
    const round = places.map((place, index) => {
      const frozen = index === 3 ? 30 : 25 + index / 10 + (step % 7);
      return message(observation(place, at, index === 4 && step % 50 === 9 ? 60 : frozen));
    });
    await journal.append('observations', round);
    if (step % 5 === 0)
      await journal.append('observations', [message(observation(dakar, at, 29.5, { receivedAt: at + 2500 }))]);
    if (step % 7 === 0)
      await journal.append('observations', [raw('rubbish'), raw(`[{"region_name":"Dakar","data_dt":1}]`)]);
    if (step % 11 === 0) await journal.append('observations', [round[2] as JournalMessage]);
    if (step % 13 === 0)
      await journal.append('observations', [
        message(observation(dakar, at - HOUR_MS, 20 + step, { slotAt: at, source: 'other' })),
      ]);
    if (step % 17 === 0) await journal.append('polls', [pollMessage(at)]);
  }
}

const pollMessage = (at: number): JournalMessage => ({
  key: 'open-meteo',
  headers: {},
  value: Buffer.from(
    JSON.stringify({
      source: 'open-meteo',
      slotAt: at,
      startedAt: at,
      finishedAt: at + 2000,
      backfill: false,
      cost: 1,
      calls: 1,
      readings: 0,
      missing: [{ placeId: 'matam', slotAt: at - 24 * HOUR_MS * 10, reason: 'no-answer', code: 'HMT_POLL_TIMEOUT' }],
      undecodable: [
        {
          placeIds: ['podor', 'kolda'],
          slotAts: [at - 24 * HOUR_MS * 10],
          code: 'HMT_POLL_UNDECODABLE',
          detail: 'It is not JSON.',
          bodyBase64: Buffer.from('<html>').toString('base64'),
          bodyBytes: 6,
        },
      ],
    }),
  ),
});

describe('the process stage', () => {
  it('stores a reading, fills its slot, remembers its position and says when it last succeeded', async () => {
    await journal.append('observations', [message(observation(dakar, slotAt, 30.1))]);
    assert.equal(await stageOn(store).drain(), 1);
    const row = await store.observations.get({ placeId: 'dakar', validAt: slotAt, source: 'open-meteo' });
    assert.equal(row?.values.temperatureC, 30.1);
    const [slot] = await store.slots.get([{ placeId: 'dakar', slotAt }]);
    assert.equal(slot?.state, 'arrived');
    assert.equal((await store.ingest.positions(journal.id, PROCESS_GROUP)).length, 1);
    assert.deepEqual(await store.facts.get(PROCESS_FACT), { lastSuccessAt: startAt });
  });

  it('does nothing when there is nothing', async () => {
    assert.equal(await stageOn(store).drain(), 0);
  });

  it('gives 26 rows for the original producer’s message, however often it comes', async () => {
    const items = places.flatMap(({ name }) =>
      [slotAt, slotAt - 660_000].map((at) => ({ region_name: name, data_dt: at / 1000, data_temp: 30 })),
    );
    await journal.append('observations', [raw(JSON.stringify(items)), raw(JSON.stringify(items))]);
    await stageOn(store).drain();
    assert.equal((await store.observations.extent())?.count, 26);
  });

  it('fills the slot that a foreign reading falls in where one is expected', async () => {
    await journal.append('observations', [
      raw(`{"region_name":"Dakar","data_dt":${slotAt / 1000 - 60},"data_temp":30}`),
    ]);
    await stageOn(store, { slotOf: (at) => Math.floor(at / 900_000) * 900_000 }).drain();
    const [slot] = await store.slots.get([{ placeId: 'dakar', slotAt: slotAt - 900_000 }]);
    assert.equal(slot?.source, 'openweathermap');
  });

  it('quarantines what it cannot use, tells the ledger, and goes on with the rest', async () => {
    const bad = JSON.parse(Buffer.from(message(observation(dakar, slotAt, 30)).value).toString())[0];
    await journal.append('observations', [
      raw('not JSON'),
      raw(JSON.stringify([{ ...bad, data_temp: 'warm' }])),
      message(observation(places[0] as Place, slotAt, 28)),
    ]);
    await stageOn(store).drain();
    assert.deepEqual(await store.quarantine.count(), { HMT_PROCESS_NOT_JSON: 1, HMT_PROCESS_TEMPERATURE_INVALID: 1 });
    const [slot] = await store.slots.get([{ placeId: 'dakar', slotAt }]);
    assert.deepEqual([slot?.state, slot?.reason], ['quarantined', 'HMT_PROCESS_TEMPERATURE_INVALID']);
    assert.equal((await store.observations.extent())?.count, 1);
  });

  it('writes given-up slots and undecodable bodies of polls', async () => {
    await journal.append('polls', [pollMessage(slotAt), raw('?')]);
    await stageOn(store).drain();
    const at = slotAt - 240 * HOUR_MS;
    const slots = await store.slots.get(['matam', 'podor', 'kolda'].map((placeId) => ({ placeId, slotAt: at })));
    assert.deepEqual(
      slots.map((slot) => [slot?.state, slot?.reason]),
      [
        ['missing', 'no-answer'],
        ['quarantined', 'HMT_POLL_UNDECODABLE'],
        ['quarantined', 'HMT_POLL_UNDECODABLE'],
      ],
    );
    const { items } = await store.quarantine.query({ code: 'HMT_POLL_UNDECODABLE', limit: 10 });
    assert.equal(Buffer.from(items[0]?.value ?? []).toString(), '<html>');
    assert.equal(items[0]?.source, 'open-meteo');
    assert.equal((await store.quarantine.count()).HMT_PROCESS_NOT_JSON, 1);
  });

  it('keeps provider forecasts, and quarantines those that do not add up', async () => {
    const forecast = {
      placeId: 'dakar',
      source: 'open-meteo',
      model: null,
      issuedAt: slotAt,
      receivedAt: slotAt + 1,
      validAt: [slotAt + HOUR_MS, slotAt + 2 * HOUR_MS],
      values: { temperatureC: [30, 999] },
    };
    await journal.append('forecasts', [
      forecastMessage(forecast),
      forecastMessage({ ...forecast, validAt: [slotAt] }),
      forecastMessage({ ...forecast, placeId: 'atlantis' }),
    ]);
    await stageOn(store).drain();
    const [kept] = await store.predictions.providerForecasts('dakar');
    assert.deepEqual(kept?.values.temperatureC, [30, null]);
    assert.deepEqual(await store.quarantine.count(), { HMT_PROCESS_PLACE_UNKNOWN: 1, HMT_PROCESS_SHAPE: 1 });
  });
});

describe('replay and failure', () => {
  it('a replay from the start gives the same rows, corrections, flags, slots and quarantine', async () => {
    await fillJournal();
    await stageOn(store).drain();
    const expected = await contentsOf(store);
    assert.ok(expected.rows.some(({ corrections }) => corrections > 0));
    assert.ok(expected.rows.some(({ flags }) => flags.some(({ reason }) => reason === 'frozen')));
    assert.ok(expected.rows.some(({ flags }) => flags.some(({ reason }) => reason === 'jump')));

    const again = openStore('again');
    const options = processOptions.parse({ batchRecords: 37 });
    await stageOn(again, { options }).drain();
    assert.deepEqual(await contentsOf(again), expected);
    await again.close();
  });

  it('a stage that dies after every commit and before every acknowledgement doubles nothing and loses nothing', async () => {
    await fillJournal();
    await stageOn(store).drain();
    const expected = await contentsOf(store);

    const again = openStore('again');
    const options = processOptions.parse({ batchRecords: 100 });
    let deaths = 0;
    for (;;) {
      journal.failAck = new Error('killed');
      try {
        if ((await stageOn(again, { options }).drain()) === 0) break;
      } catch {
        deaths++;
      }
    }
    assert.ok(deaths > 20);
    assert.deepEqual(await contentsOf(again), expected);
    await again.close();
  });

  it('reads a slot again when somebody else wrote it first', async () => {
    await journal.append('observations', [message(observation(dakar, slotAt, 30))]);
    let interfered = 0;
    const { ingest } = store;
    const commit = async (batch: IngestBatch) => {
      if (interfered++ < 2) await touch();
      return ingest.commit(batch);
    };
    const touch = async () => {
      const [slot] = await store.slots.get([{ placeId: 'dakar', slotAt }]);
      if (slot) await store.slots.put([{ ...slot, detail: `touched ${interfered}`, version: slot.version + 1 }]);
      else await store.slots.open([{ placeId: 'dakar', slotAt }]);
    };
    const contested: Store = { ...store, ingest: { ...ingest, commit } };
    assert.equal(await stageOn(contested).drain(), 1);
    const [slot] = await store.slots.get([{ placeId: 'dakar', slotAt }]);
    assert.deepEqual([slot?.state, slot?.version], ['arrived', 3]);
    assert.equal(interfered, 3);
  });

  for (const code of ['HMT_STORE_FULL', 'HMT_STORE_UNAVAILABLE'] as const)
    it(`backs off on the clock after ${code} and loses nothing`, async () => {
      const items = places.map((place) => message(observation(place, slotAt, 30)));
      await journal.append('observations', items);
      let refusals = 4;
      const commit = async (batch: IngestBatch) => {
        if (refusals-- > 0) throw new HarmattanError(code);
        return store.ingest.commit(batch);
      };
      const full: Store = { ...store, ingest: { ...store.ingest, commit } };
      const abort = new AbortController();
      const stage = stageOn(full);
      const running = stage.run(abort.signal);
      await clock.settle();
      assert.equal(await store.observations.extent(), null);
      assert.notEqual(clock.nextDueAt(), null);
      await clock.advanceBy(MINUTE_MS);
      assert.equal((await store.observations.extent())?.count, 13);
      abort.abort();
      await running;
    });

  it('goes on with what comes while it runs, and ends within the batch when told to', async () => {
    const abort = new AbortController();
    const running = stageOn(store).run(abort.signal);
    for (const [index, place] of places.entries()) {
      await journal.append('observations', [message(observation(place, slotAt, 20 + index))]);
      await clock.settle();
      assert.equal((await store.observations.extent())?.count, index + 1);
    }
    abort.abort();
    await running;
  });
});
