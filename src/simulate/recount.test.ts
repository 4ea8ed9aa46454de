import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS, type Instant } from '../core/time.ts';
import type { Journal } from '../journal/journal.ts';
import type { Slot, SlotState } from '../ledger/ledger.ts';
import type { QuarantineEntry, Store, StoredObservation } from '../store/store.ts';
import { parsePlaces } from '../weather/place.ts';
import { noValues } from '../weather/quantity.ts';
import { recountReadings, recountSlots } from './recount.ts';

const places = parsePlaces([
  { name: 'Dakar', latitude: 14.7, longitude: -17.5 },
  { name: 'Matam', latitude: 15.6, longitude: -13.2 },
]);
const noon = Date.UTC(2024, 1, 15, 12);

/** A journal that holds these values, one record each, in order. */
function journalOf(values: readonly unknown[]): Journal {
  const items = values.map((value, offset) => ({
    topic: 'observations' as const,
    partition: 0,
    offset,
    appendedAt: noon,
    key: null,
    headers: {},
    value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  }));
  return { browse: async () => ({ items, nextCursor: null }) } as unknown as Journal;
}

interface Row {
  readonly validAt: Instant;
  readonly temperatureC: number;
  readonly source?: string;
}

function storeOf(rows: readonly Row[], quarantine: readonly string[] = [], slots: readonly Slot[] = []): Store {
  async function* stream(): AsyncGenerator<StoredObservation> {
    for (const { validAt, temperatureC, source = 'openweathermap' } of rows)
      yield {
        placeId: 'dakar',
        validAt,
        source,
        receivedAt: noon,
        corrections: 0,
        values: { ...noValues(), temperatureC },
      } as StoredObservation;
  }
  return {
    observations: { stream },
    quarantine: {
      query: async () => ({ items: quarantine.map((id) => ({ id }) as QuarantineEntry), nextCursor: null }),
    },
    slots: { query: async () => ({ items: slots, nextCursor: null }) },
  } as unknown as Store;
}

const ours = (validAt: Instant, temperatureC: number, receivedAt = noon) => ({
  hmt_placeId: 'dakar',
  hmt_validAt: validAt,
  hmt_source: 'openweathermap',
  hmt_receivedAt: receivedAt,
  data_temp: temperatureC,
});

test('a row for each item, a stranger’s among them, is nothing lost and nothing doubled', async () => {
  const stranger = { region_name: 'Dakar', data_dt: noon / 1000 + 3600, data_temp: 25 };
  const journal = journalOf([[ours(noon, 24)], [ours(noon, 24)], [stranger]]);
  const store = storeOf([
    { validAt: noon, temperatureC: 24 },
    { validAt: noon + HOUR_MS, temperatureC: 25 },
  ]);
  const counted = await recountReadings(journal, store, places);
  assert.deepEqual([counted.records, counted.items, counted.rows], [3, 3, 2]);
  assert.deepEqual([counted.lost.count, counted.doubled.count], [0, 0]);
});

test('an item without a row is lost, unless it lies in quarantine', async () => {
  const values = [[ours(noon, 24)], 'not JSON', [{ data_temp: 1 }], [ours(noon + HOUR_MS, 25)]];
  const rows = [{ validAt: noon, temperatureC: 24 }];
  const without = await recountReadings(journalOf(values), storeOf(rows), places);
  assert.deepEqual(without.lost.first, [
    'observations/0/1',
    'observations/0/2/0',
    `dakar ${noon + HOUR_MS} openweathermap`,
  ]);
  const ids = ['observations/0/1/0', 'observations/0/2/0', 'observations/0/3/0'];
  assert.equal((await recountReadings(journalOf(values), storeOf(rows, ids), places)).lost.count, 0);
});

test('a row that says something else than the newest item counts as lost', async () => {
  const values = [[ours(noon, 24, noon)], [ours(noon, 26, noon + 1)], [ours(noon, 25, noon - 1)]];
  const counted = (temperatureC: number) =>
    recountReadings(journalOf(values), storeOf([{ validAt: noon, temperatureC }]), places);
  assert.equal((await counted(26)).lost.count, 0);
  assert.equal((await counted(25)).lost.count, 1);
});

test('a row that is there twice, or that no record of the journal holds, is doubled', async () => {
  const row = { validAt: noon, temperatureC: 24 };
  const journal = journalOf([[ours(noon, 24)]]);
  assert.equal((await recountReadings(journal, storeOf([row, row]), places)).doubled.count, 1);
  const foreign = { ...row, source: 'nobody' };
  assert.equal((await recountReadings(journal, storeOf([row, foreign]), places)).doubled.count, 1);
});

test('other rows have another digest', async () => {
  const digest = async (temperatureC: number) =>
    (await recountReadings(journalOf([]), storeOf([{ validAt: noon, temperatureC }]), places)).digest;
  assert.equal(await digest(24), await digest(24));
  assert.notEqual(await digest(24), await digest(24.1));
});

test('an expected slot without a row is silent, and so is one that stays pending', async () => {
  const slot = (placeId: string, hour: number, state: SlotState) =>
    ({ placeId, slotAt: noon + hour * HOUR_MS, state }) as Slot;
  const slots = [
    slot('dakar', 0, 'arrived'),
    slot('matam', 0, 'missing'),
    slot('dakar', 1, 'pending'),
    slot('dakar', 2, 'pending'),
    slot('matam', 2, 'pending'),
  ];
  const counted = await recountSlots(storeOf([], [], slots), {
    places,
    from: noon - 1,
    to: noon + 3 * HOUR_MS,
    everyMs: HOUR_MS,
    settledBefore: noon + 2 * HOUR_MS,
  });
  assert.equal(counted.expected, 6);
  assert.deepEqual(counted.silent.first, [
    'dakar 2024-02-15T13:00:00Z is pending',
    'matam 2024-02-15T13:00:00Z has no row',
  ]);
  assert.deepEqual([counted.states.pending, counted.states.missing, counted.states.arrived], [3, 1, 1]);
});
