import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { MemoryJournal } from '../../test/memory-journal.ts';
import { silentLogger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { DAY_MS, type ManualClock, MINUTE_MS, manualClock } from '../core/time.ts';
import { observationMessage } from '../journal/flat-record.ts';
import { forecastMessage } from '../journal/forecast-record.ts';
import type { JournalMessage } from '../journal/journal.ts';
import { sqliteJournal } from '../journal/sqlite/journal.ts';
import { writeEras, writeKeptUntil } from '../ledger/era.ts';
import { processOptions } from '../process/config.ts';
import { decoders } from '../process/decoders.ts';
import { replayQuarantine } from '../process/quarantine.ts';
import { PROCESS_GROUP, processStage } from '../process/runner.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import { REMOVED_BEFORE_FACT, type Store } from '../store/store.ts';
import { type Place, parsePlaces } from '../weather/place.ts';
import { noValues } from '../weather/quantity.ts';
import { KeySet } from './key-set.ts';
import { type VerifyInput, verify } from './verify.ts';

const places = parsePlaces([
  { name: 'Dakar', latitude: 14.7, longitude: -17.5 },
  { name: 'Matam', latitude: 15.65, longitude: -13.25 },
]) as readonly [Place, Place];
const STEP_MS = 15 * MINUTE_MS;
const firstAt = Date.UTC(2026, 6, 22);
const options = processOptions.parse({ batchRecords: 10 });

let folder: string;
let clock: ManualClock;
let journal: MemoryJournal;
let store: Store;

const openStore = () =>
  sqliteStore({
    folder,
    clock,
    logger: silentLogger,
    nature: 'live',
    preference: [],
    retentionDays: null,
    watchForeignMs: null,
  });

const drain = (known: readonly Place[] = places) =>
  processStage({
    journal,
    store,
    places: known,
    context: { clock, random: seededRandom(1), logger: silentLogger, meter: silentMeter },
    options,
  }).drain();

const audit = (more: Partial<VerifyInput> = {}) =>
  verify({
    journal,
    store,
    decoders: decoders({ places, options }),
    group: PROCESS_GROUP,
    ...more,
  });

const reading = (place: Place, step: number, temperatureC: number, receivedAt = 0): JournalMessage => {
  const validAt = firstAt + step * STEP_MS;
  return observationMessage(
    {
      placeId: place.id,
      validAt,
      slotAt: validAt,
      receivedAt: validAt + 2000 + receivedAt,
      source: 'open-meteo',
      kind: 'analysis',
      issuedAt: null,
      values: { ...noValues(), temperatureC },
      condition: null,
      sunriseAt: null,
      sunsetAt: null,
      flags: [],
    },
    place,
    { stale: false, backfill: false },
  );
};

const raw = (text: string): JournalMessage => ({ key: null, headers: {}, value: Buffer.from(text) });

/** Ten slots at both places, all expected, with a correction, a duplicate, an outvoted arrival and rubbish. */
async function fill(): Promise<void> {
  const rounds = Array.from({ length: 10 }, (_, step) => places.map((place) => reading(place, step, 20 + step)));
  await journal.append('observations', rounds.flat());
  await journal.append('observations', [
    reading(places[0], 3, 19, 500),
    reading(places[0], 4, 24),
    reading(places[1], 5, 99.9, 900),
    reading(places[1], 6, 18, -700),
    raw('rubbish'),
    raw('[{"region_name":"Podor","data_dt":1784678400,"data_temp":30},{}]'),
  ]);
  await journal.append('forecasts', [
    forecastMessage({
      placeId: 'dakar',
      source: 'open-meteo',
      model: null,
      issuedAt: firstAt,
      receivedAt: firstAt,
      validAt: [firstAt + 3_600_000],
      values: { temperatureC: [30] },
    }),
  ]);
  await writeEras(store, [{ fromAt: firstAt, toAt: null, everyMs: STEP_MS, placeIds: places.map(({ id }) => id) }]);
  await writeKeptUntil(store, { openedAt: firstAt + 9 * STEP_MS, sweptAt: firstAt + 8 * STEP_MS });
}

/** Does to the store's file what no program of ours would. */
function sabotage(sql: string): void {
  const db = new DatabaseSync(join(folder, 'store.db'));
  db.exec(sql);
  db.close();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harmattan-verify-'));
  clock = manualClock(firstAt + DAY_MS);
  journal = new MemoryJournal(clock);
  store = openStore();
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('verify of a sound folder', () => {
  it('accounts for every record and every slot', async () => {
    await fill();
    await drain();
    const seen: number[] = [];
    const report = await audit({ onProgress: (records) => seen.push(records) });
    assert.deepEqual(report.lost, { count: 0, first: [] });
    assert.equal(report.ok, true);
    const { records, unread, observations, distinct, duplicates, superseded, corrected, quarantined, rows } = report;
    assert.deepEqual(
      { records, unread, observations, distinct, duplicates, superseded, corrected, quarantined, rows },
      {
        records: 27,
        unread: 0,
        observations: 23,
        distinct: 20,
        duplicates: 1,
        superseded: 2,
        corrected: 1,
        quarantined: 4,
        rows: 20,
      },
    );
    assert.equal(report.providerForecasts, 1);
    assert.equal(report.slots.arrived, 20);
    assert.equal(seen.at(-1), 27);
  });

  it('is sound when it is empty', async () => {
    const report = await audit();
    assert.equal(report.ok, true);
    assert.equal(report.records, 0);
  });

  it('calls records that wait unread, not lost', async () => {
    await fill();
    await writeKeptUntil(store, { openedAt: firstAt - 1, sweptAt: firstAt });
    const report = await audit();
    assert.deepEqual([report.ok, report.records, report.unread], [true, 0, 27]);
  });

  it('follows a quarantined record to its replay', async () => {
    await journal.append('observations', [
      raw('[{"region_name":"Matam","data_dt":1784678400,"data_temp":30}]'),
      raw('?'),
    ]);
    await drain([places[0]]);
    assert.equal((await audit()).quarantined, 2);
    await replayQuarantine({ store, journal });
    assert.equal((await audit()).ok, true);
    await drain();
    const report = await audit();
    assert.deepEqual([report.ok, report.replayed, report.quarantined], [true, 1, 1]);
    assert.equal(report.observations, 2);
  });

  it('is sound for arrivals of one reading in any order, and counts them all', async () => {
    const arrival = fc.record({ step: fc.nat(2), temperatureC: fc.constantFrom(20, 21, 22), receivedAt: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 1, maxLength: 12 }), async (arrivals) => {
        await store.close();
        rmSync(folder, { recursive: true, force: true });
        [journal, store] = [new MemoryJournal(clock), openStore()];
        await journal.append(
          'observations',
          arrivals.map(({ step, temperatureC, receivedAt }) => reading(places[0], step, temperatureC, receivedAt)),
        );
        await drain();
        const report = await audit();
        assert.deepEqual(report.lost, { count: 0, first: [] });
        assert.equal(report.ok, true);
        assert.equal(report.distinct + report.duplicates + report.superseded, arrivals.length);
        assert.equal(report.distinct, new Set(arrivals.map(({ step }) => step)).size);
      }),
      { numRuns: 40 },
    );
  });
});

it('is sound with the embedded journal, before, while and after its records are processed', async () => {
  const embedded = await sqliteJournal({ folder, clock, logger: silentLogger, watchForeignMs: null });
  try {
    const context = { clock, random: seededRandom(1), logger: silentLogger, meter: silentMeter };
    const stage = () => processStage({ journal: embedded, store, places, context, options });
    for (let step = 0; step < 40; step++) {
      const round = places.map((place) => reading(place, step, 20 + step / 10));
      await embedded.append('observations', [...round, raw(`rubbish ${step}`)]);
    }
    assert.deepEqual(
      [(await audit({ journal: embedded })).unread, (await audit({ journal: embedded })).ok],
      [120, true],
    );
    const dying: Store = { ...store, ingest: { ...store.ingest, commit: dieAfter(3) } };
    await assert.rejects(processStage({ journal: embedded, store: dying, places, context, options }).drain());
    const half = await audit({ journal: embedded });
    assert.deepEqual([half.ok, half.records, half.unread], [true, 30, 90]);
    assert.equal(await stage().drain(), 90);
    const report = await audit({ journal: embedded });
    assert.deepEqual(
      [report.ok, report.records, report.distinct, report.quarantined, report.duplicates],
      [true, 120, 80, 40, 0],
    );
  } finally {
    await embedded.close();
  }
});

/** Commits a number of batches, then fails for good. */
function dieAfter(commits: number): Store['ingest']['commit'] {
  let left = commits;
  return (batch) => (left-- > 0 ? store.ingest.commit(batch) : Promise.reject(new Error('killed')));
}

describe('verify of a damaged folder', () => {
  beforeEach(async () => {
    await fill();
    await drain();
    await store.close();
  });

  const reopened = async (more: Partial<VerifyInput> = {}) => {
    store = openStore();
    return audit(more);
  };

  it('lists readings that are gone, and says which record held them', async () => {
    sabotage(`DELETE FROM observations WHERE validAt = ${firstAt + STEP_MS}`);
    const { ok, lost } = await reopened();
    assert.equal(ok, false);
    assert.equal(lost.count, 2);
    assert.match(lost.first[0]?.what ?? '', /^observations\/\d+\/\d+\/0$/);
    assert.match(lost.first[0]?.why ?? '', /There is no row (dakar|matam) \d+ open-meteo/);
  });

  it('does not call lost what the store’s retention removed', async () => {
    sabotage(`DELETE FROM observations WHERE validAt = ${firstAt + STEP_MS}`);
    store = openStore();
    await store.facts.set(REMOVED_BEFORE_FACT, firstAt + 2 * STEP_MS);
    const report = await audit();
    assert.deepEqual([report.lost.count, report.expired], [0, 2]);
  });

  it('lists a correction that was undone', async () => {
    sabotage(
      `UPDATE observations SET temperatureC = 23, receivedAt = receivedAt - 500 WHERE validAt = ${firstAt + 3 * STEP_MS} AND temperatureC = 19`,
    );
    const { lost } = await reopened();
    assert.deepEqual(
      lost.first.map(({ why }) => why),
      ['Its row holds an older arrival with other values.'],
    );
  });

  it('lists quarantine entries and provider forecasts that are gone', async () => {
    sabotage("DELETE FROM quarantine WHERE code = 'HMT_PROCESS_NOT_JSON'; DELETE FROM provider_forecasts");
    const { lost } = await reopened();
    assert.equal(lost.count, 2);
  });

  it('lists silent holes: slots without a row, and pending ones that nobody fills', async () => {
    sabotage(
      `DELETE FROM slots WHERE slotAt = ${firstAt + 2 * STEP_MS};
       DELETE FROM slots WHERE slotAt = ${firstAt + 9 * STEP_MS} AND place = (SELECT number FROM places WHERE id = 'matam');
       UPDATE slots SET state = 0 WHERE slotAt = ${firstAt} AND place = (SELECT number FROM places WHERE id = 'dakar')`,
    );
    const { ok, silentHoles, contradictions } = await reopened();
    assert.equal(ok, false);
    assert.deepEqual(silentHoles.first.map(({ what }) => what).sort(), [
      'dakar 2026-07-22T00:00:00Z',
      'dakar 2026-07-22T00:30:00Z',
      'matam 2026-07-22T00:30:00Z',
      'matam 2026-07-22T02:15:00Z',
    ]);
    assert.equal(contradictions.count, 4, 'their readings are stored all the same');
  });

  it('cuts the ledger’s audit to the span that was asked for', async () => {
    sabotage(`DELETE FROM slots WHERE slotAt = ${firstAt + 2 * STEP_MS}`);
    const report = await reopened({ from: firstAt + 5 * STEP_MS, to: firstAt + 7 * STEP_MS });
    assert.equal(report.silentHoles.count, 0);
    assert.equal(report.slots.arrived, 4);
  });

  it('lists positions beyond the end of the journal', async () => {
    sabotage('UPDATE group_positions SET "offset" = "offset" + 1000');
    const { ok, misplaced } = await reopened();
    assert.equal(ok, false);
    assert.ok(misplaced.count >= 2);
  });

  it('lists the first findings and counts them all', async () => {
    sabotage('DELETE FROM observations');
    const { lost } = await reopened({ listed: 5 });
    assert.deepEqual([lost.count, lost.first.length], [23, 5]);
  });
});

describe('KeySet', () => {
  it('knows every key that was added and no other', () => {
    const set = new KeySet();
    for (let round = 0; round < 2; round++)
      for (let index = 0; index < 50_000; index++)
        assert.equal(set.add(`place-${index % 13} ${index} source`), round === 0);
    assert.equal(set.size, 50_000);
  });
});
