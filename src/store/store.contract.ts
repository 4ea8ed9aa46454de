import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { HarmattanError } from '../core/errors.ts';
import {
  DAY_MS,
  EARLIEST_VALID_AT,
  HOUR_MS,
  type Instant,
  type ManualClock,
  MINUTE_MS,
  manualClock,
} from '../core/time.ts';
import type { Slot, SlotState } from '../ledger/ledger.ts';
import type { Observation } from '../weather/observation.ts';
import { LEVELS, type Prediction, type ProviderForecast, THINNED_LEVELS } from '../weather/prediction.ts';
import { noValues } from '../weather/quantity.ts';
import type { DocumentQuery } from './document-store.ts';
import {
  type Arrival,
  type FeedItem,
  type ForecasterState,
  type IngestBatch,
  type ObservationQuery,
  type QuarantineEntry,
  REMOVED_BEFORE_FACT,
  type Store,
  type StoredObservation,
} from './store.ts';

/** How a store is opened. */
export interface StoreSetting {
  readonly clock: ManualClock;
  readonly nature: Store['nature'];
  readonly preference: readonly string[];
  readonly retentionDays: number | null;
  readonly watchForeignMs: number | null;
}

/** One place where a store keeps its rows: a folder, a database. */
export interface StoreHarness {
  /** Opens the store, again or beside an open one as another process would. */
  open(setting: StoreSetting): Promise<Store>;
  /** Work that goes on in a server is at rest when it resolves; see manualClock. */
  atRest?(): Promise<void>;
  remove(): Promise<void>;
}

/** Where twins may differ. */
export interface StoreAbilities {
  /** A batch that fails leaves nothing behind. Otherwise its rows may stand already, and the positions do not. */
  readonly atomicBatches: boolean;
}

export const T0: Instant = Date.UTC(2026, 6, 1);
const SLOT_MS = 15 * MINUTE_MS;

/** A reading of Dakar at `T0`, with what differs. */
export function observation(differs: Partial<Observation> & { readonly temperatureC?: number } = {}): Observation {
  const { temperatureC = 28.4, ...fields } = differs;
  const validAt = fields.validAt ?? T0;
  return {
    placeId: 'dakar',
    validAt,
    slotAt: validAt,
    receivedAt: validAt + 20_000,
    source: 'first',
    kind: 'analysis',
    issuedAt: null,
    values: { ...noValues(), temperatureC, humidityPct: 71 },
    condition: null,
    sunriseAt: null,
    sunsetAt: null,
    flags: [],
    ...fields,
  };
}

let nextOffset = 0;

export const arrival = (differs: Parameters<typeof observation>[0] = {}, at: Partial<Arrival> = {}): Arrival => ({
  observation: observation(differs),
  partition: 0,
  offset: nextOffset++,
  item: 0,
  ...at,
});

export const batch = (differs: Partial<IngestBatch> = {}): IngestBatch => ({
  journalId: 'journal-1',
  group: 'process',
  positions: [],
  arrivals: [],
  slots: [],
  quarantined: [],
  providerForecasts: [],
  at: T0,
  ...differs,
});

export const slot = (differs: Partial<Slot> = {}): Slot => ({
  placeId: 'dakar',
  slotAt: T0,
  state: 'pending',
  reason: null,
  detail: null,
  arrivedAt: null,
  validAt: null,
  source: null,
  version: 1,
  ...differs,
});

export const quarantined = (offset: number, differs: Partial<QuarantineEntry> = {}): QuarantineEntry => ({
  id: `observations/0/${offset}/0`,
  topic: 'observations',
  partition: 0,
  offset,
  item: 0,
  receivedAt: T0 + offset,
  code: 'HMT_PROCESS_SHAPE',
  detail: 'It is a number.',
  value: new Uint8Array([0, 255, 10, offset]),
  valueBytes: 4,
  placeId: null,
  slotAt: null,
  source: null,
  ...differs,
});

export function prediction(issuedAt: Instant, differs: Partial<Prediction> = {}): Prediction {
  const leads = Array.from({ length: 48 }, (_, index) => index + 1);
  const meanC = leads.map((lead) => 25 + Math.round(100 * Math.sin(lead / 4)) / 100);
  return {
    placeId: 'dakar',
    issuedAt,
    model: 'pooled-1',
    tier: '30d',
    calibration: 'local',
    source: 'first',
    validAt: leads.map((lead) => issuedAt + lead * HOUR_MS),
    meanC,
    quantilesC: meanC.map((mean) => LEVELS.map((level) => Math.round(100 * (mean + 4 * (level - 0.5))) / 100)),
    ...differs,
  };
}

export const providerForecast = (issuedAt: Instant, differs: Partial<ProviderForecast> = {}): ProviderForecast => ({
  placeId: 'dakar',
  source: 'first',
  model: 'gfs',
  issuedAt,
  receivedAt: issuedAt + HOUR_MS,
  validAt: [issuedAt + HOUR_MS, issuedAt + 2 * HOUR_MS, issuedAt + 5 * HOUR_MS],
  values: { temperatureC: [27.1, null, -3.25], pressureHpa: [1012, 1012.5, 1013] },
  ...differs,
});

export const state = (version: number, differs: Partial<ForecasterState> = {}): ForecasterState => ({
  placeId: 'dakar',
  source: 'first',
  model: 'pooled-1',
  bytes: new Uint8Array([version, 0, 255]),
  version,
  ...differs,
});

const hasCode = (code: string) => (error: unknown) => error instanceof HarmattanError && error.code === code;

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Every item of every page, and how many pages there were. */
async function paged<T>(
  page: (cursor: string | null) => Promise<{ readonly items: readonly T[]; readonly nextCursor: string | null }>,
): Promise<{ items: T[]; pages: number }> {
  const items: T[] = [];
  let pages = 0;
  for (let cursor: string | null = null; pages === 0 || cursor !== null; ) {
    const found = await page(cursor);
    items.push(...found.items);
    cursor = found.nextCursor;
    pages++;
  }
  return { items, pages };
}

/** Everything in the feed, its items only. */
async function feedItems(store: Store): Promise<FeedItem[]> {
  return (await store.feed.read(null, 10_000)).entries.map(({ item }) => item);
}

const everything = (store: Store, which: ObservationQuery['which'] = 'all') =>
  collected(store.observations.stream({ from: 0, to: T0 + 3650 * DAY_MS, which }));

interface Bench {
  readonly clock: ManualClock;
  /** The store under test. */
  readonly store: Store;
  /** Opens the same rows once more. */
  open(setting?: Partial<StoreSetting>): Promise<Store>;
}

/** The suite that every store passes. `make` gives an empty place to keep rows in. */
export function storeContract(name: string, make: () => Promise<StoreHarness>, can: StoreAbilities): void {
  describe(`${name} keeps the store's contract`, () => {
    let harness: StoreHarness;
    let opened: Store[] = [];
    let bench: Bench;
    beforeEach(async () => {
      harness = await make();
      const clock = manualClock(T0, harness.atRest);
      const open = async (setting: Partial<StoreSetting> = {}) => {
        const whole = { clock, nature: 'live', preference: ['first', 'second'], retentionDays: null } as const;
        const store = await harness.open({ ...whole, watchForeignMs: null, ...setting });
        opened.push(store);
        return store;
      };
      bench = { clock, store: await open(), open };
    });
    afterEach(async () => {
      for (const store of opened) await store.close();
      opened = [];
      await harness.remove();
    });

    describe('ingest', () => ingestSuite(() => bench, can));
    describe('observations', () => observationSuite(() => bench));
    describe('history', () => historySuite(() => bench));
    describe('slots', () => slotSuite(() => bench));
    describe('quarantine', () => quarantineSuite(() => bench));
    describe('predictions', () => predictionSuite(() => bench));
    describe('forecaster states', () => stateSuite(() => bench));
    describe('feed', () => feedSuite(() => bench));
    describe('quota', () => quotaSuite(() => bench));
    describe('facts', () => factSuite(() => bench));
    describe('documents', () => documentSuite(() => bench, can));
    describe('retention', () => retentionSuite(() => bench));
    describe('several processes', () => sharingSuite(() => bench));
  });
}

function ingestSuite(bench: () => Bench, can: StoreAbilities): void {
  it('gives an observation back as it came, absent values included', async () => {
    const { store } = bench();
    const full = observation({
      slotAt: null,
      issuedAt: T0 - 6 * HOUR_MS,
      kind: 'observation',
      values: { ...noValues(), temperatureC: -12.75, rain1hMm: 0, windFromDirectionDeg: 360, visibilityM: 24_140 },
      condition: { id: 741, description: 'Nebel — dicht', icon: '50n' },
      sunriseAt: T0 + 1,
      sunsetAt: T0 + 2,
      flags: [{ quantity: 'pressureHpa', reason: 'out-of-range', original: -9999.5 }],
    });
    await store.ingest.commit(batch({ arrivals: [{ observation: full, partition: 3, offset: 9, item: 2 }] }));
    assert.deepEqual(await store.observations.get(full), { ...full, corrections: 0 });
    assert.deepEqual(await everything(store), [{ ...full, corrections: 0 }]);
  });

  it('keeps one row per natural key: two instants in one slot are two rows', async () => {
    const { store } = bench();
    const arrivals = [arrival(), arrival({ validAt: T0 + 11 * MINUTE_MS, slotAt: T0 }), arrival({ source: 'second' })];
    const receipt = await store.ingest.commit(batch({ arrivals }));
    assert.deepEqual(receipt, { inserted: 3, duplicates: 0, corrections: 0, superseded: 0, quarantined: 0 });
    assert.equal((await everything(store)).length, 3);
  });

  it('takes the same reading twice as one, and keeps when it was received first', async () => {
    const { store } = bench();
    await store.ingest.commit(batch({ arrivals: [arrival({ receivedAt: T0 + 5 })] }));
    const again = arrival({ receivedAt: T0 + 900, slotAt: T0 + SLOT_MS });
    assert.equal((await store.ingest.commit(batch({ arrivals: [again] }))).duplicates, 1);
    const row = await store.observations.get(observation());
    assert.deepEqual([row?.receivedAt, row?.slotAt, row?.corrections], [T0 + 5, T0, 0]);
  });

  it('takes other values that were received later as a correction, also within one batch', async () => {
    const { store } = bench();
    const arrivals = [
      arrival({ receivedAt: T0 + 5 }),
      arrival({ receivedAt: T0 + 9, temperatureC: 30 }),
      arrival({ receivedAt: T0 + 7, temperatureC: 29 }),
    ];
    const receipt = await store.ingest.commit(batch({ arrivals }));
    assert.deepEqual(receipt, { inserted: 1, duplicates: 0, corrections: 1, superseded: 1, quarantined: 0 });
    const row = await store.observations.get(observation());
    assert.deepEqual([row?.values.temperatureC, row?.receivedAt, row?.corrections], [30, T0 + 9, 1]);
  });

  for (const [what, differs] of [
    ['a value that came or went', { values: { ...noValues(), temperatureC: 28.4 } }],
    ['the condition', { condition: { id: 800, description: null, icon: null } }],
    ['the kind', { kind: 'observation' }],
    ['the model run', { issuedAt: T0 }],
    ['a value that was taken out', { flags: [{ quantity: 'humidityPct', reason: 'out-of-range', original: 140 }] }],
    ['sunrise', { sunriseAt: T0 }],
    ['sunset', { sunsetAt: T0 }],
  ] as const satisfies readonly (readonly [string, Partial<Observation>])[])
    it(`sees that ${what} differs`, async () => {
      const { store } = bench();
      await store.ingest.commit(batch({ arrivals: [arrival()] }));
      const receipt = await store.ingest.commit(
        batch({ arrivals: [arrival({ ...differs, receivedAt: T0 + HOUR_MS })] }),
      );
      assert.equal(receipt.corrections, 1);
    });

  it('does not take a doubt of ours for a correction by the sender', async () => {
    const { store } = bench();
    const doubted = { flags: [{ quantity: 'temperatureC', reason: 'frozen', original: 28.4 }] } as const;
    await store.ingest.commit(batch({ arrivals: [arrival(doubted)] }));
    const again = await store.ingest.commit(batch({ arrivals: [arrival({ receivedAt: T0 + HOUR_MS })] }));
    assert.deepEqual([again.duplicates, again.corrections], [1, 0]);
    assert.equal((await store.observations.get(observation()))?.flags.length, 1);
  });

  it('breaks a tie of receive times by partition, offset and item', async () => {
    const { store } = bench();
    const at = (temperatureC: number, partition: number, offset: number, item: number) =>
      arrival({ temperatureC }, { partition, offset, item });
    await store.ingest.commit(batch({ arrivals: [at(1, 1, 5, 1)] }));
    const earlier = [at(2, 0, 9, 9), at(3, 1, 4, 9), at(4, 1, 5, 0)];
    assert.equal((await store.ingest.commit(batch({ arrivals: earlier }))).superseded, 3);
    const later = [at(5, 1, 5, 2), at(6, 1, 6, 0), at(7, 2, 0, 0)];
    assert.equal((await store.ingest.commit(batch({ arrivals: later }))).corrections, 3);
  });

  it('ends in the values of the latest arrival, in whatever order and however often they come', async () => {
    const { store } = bench();
    let round = 0;
    const arrivals = fc.array(
      fc.record({
        key: fc.nat(2),
        temperatureC: fc.nat(2),
        receivedAt: fc.nat(3),
        partition: fc.nat(1),
        offset: fc.nat(9),
      }),
      { minLength: 1, maxLength: 14 },
    );
    await fc.assert(
      fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 5 }), async (drawn, batchSize) => {
        const placeId = `place-${round++}`;
        // One journal record has one content: its coordinates decide its key and value.
        const records = new Map(drawn.map((one) => [`${one.partition}/${one.offset}`, one]));
        const list = drawn
          .map((one) => records.get(`${one.partition}/${one.offset}`) ?? one)
          .map(({ key, temperatureC, receivedAt, partition, offset }) =>
            arrival({ placeId, validAt: T0 + key, temperatureC, receivedAt: T0 + receivedAt }, { partition, offset }),
          );
        for (let from = 0; from < list.length; from += batchSize)
          await store.ingest.commit(batch({ arrivals: list.slice(from, from + batchSize) }));
        const rank = (one: Arrival) => [one.observation.receivedAt, one.partition, one.offset];
        const after = (one: Arrival, other: Arrival) => {
          const [left, right] = [rank(one), rank(other)];
          const index = left.findIndex((value, place) => value !== right[place]);
          return index >= 0 && (left[index] ?? 0) > (right[index] ?? 0);
        };
        for (const validAt of new Set(list.map((one) => one.observation.validAt))) {
          const of = list.filter((one) => one.observation.validAt === validAt);
          const last = of.reduce((latest, one) => (after(one, latest) ? one : latest));
          const row = await store.observations.get({ placeId, validAt, source: 'first' });
          assert.equal(row?.values.temperatureC, last.observation.values.temperatureC);
        }
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  it('ends in the same rows when everything is delivered once more', async () => {
    const { store } = bench();
    const arrivals = Array.from({ length: 60 }, (_, index) =>
      arrival({
        validAt: T0 + (index % 20) * SLOT_MS,
        temperatureC: 20 + (index % 7),
        receivedAt: T0 + DAY_MS + index,
      }),
    );
    await store.ingest.commit(batch({ arrivals }));
    const rows = await everything(store);
    const receipt = await store.ingest.commit(batch({ arrivals }));
    assert.equal(receipt.inserted + receipt.corrections, 0);
    assert.deepEqual(await everything(store), rows);
  });

  it('keeps positions per journal and group, and moves them with the rows', async () => {
    const { store, open } = bench();
    const at = (partition: number, offset: number) => ({ topic: 'observations', partition, offset }) as const;
    await store.ingest.commit(batch({ positions: [at(0, 5), at(1, 2)] }));
    await store.ingest.commit(batch({ positions: [at(0, 9), { topic: 'polls', partition: 0, offset: 1 }] }));
    await store.ingest.commit(batch({ journalId: 'journal-2', positions: [at(0, 1)] }));
    const again = await open();
    const expected = [at(0, 9), at(1, 2), { topic: 'polls', partition: 0, offset: 1 }];
    assert.deepEqual(await again.ingest.positions('journal-1', 'process'), expected);
    assert.deepEqual(await again.ingest.positions('journal-1', 'index'), []);
    assert.deepEqual(await again.ingest.positions('journal-2', 'process'), [at(0, 1)]);
  });

  it('refuses a batch whose slot was changed by somebody else, and leaves the positions where they were', async () => {
    const { store } = bench();
    await store.slots.open([{ placeId: 'dakar', slotAt: T0 }]);
    const stale = batch({
      positions: [{ topic: 'observations', partition: 0, offset: 7 }],
      arrivals: [arrival({ placeId: 'new-place', source: 'new-source' })],
      slots: [slot({ state: 'arrived', version: 1 })],
    });
    await assert.rejects(store.ingest.commit(stale), hasCode('HMT_STORE_CONFLICT'));
    assert.deepEqual(await store.ingest.positions('journal-1', 'process'), []);
    if (can.atomicBatches) assert.deepEqual(await everything(store), []);
    // What the refused batch named first is named again by the next one.
    await store.ingest.commit({ ...stale, slots: [slot({ state: 'arrived', version: 2 })] });
    assert.deepEqual(
      (await everything(store)).map(({ placeId, source }) => [placeId, source]),
      [['new-place', 'new-source']],
    );
  });

  it('counts its rows and their span, from 1979 on', async () => {
    const { store } = bench();
    assert.equal(await store.observations.extent(), null);
    const arrivals = [arrival({ validAt: EARLIEST_VALID_AT, placeId: 'thies' }), arrival({ validAt: T0 }), arrival()];
    await store.ingest.commit(batch({ arrivals }));
    assert.deepEqual(await store.observations.extent(), { count: 2, from: EARLIEST_VALID_AT, to: T0 });
  });
}

/** Readings of three places over months, some instants with two sources, in no order of time. */
async function fillUnevenly(store: Store): Promise<readonly Observation[]> {
  const readings: Observation[] = [];
  for (let index = 0; index < 240; index++) {
    const placeId = ['thies', 'dakar', 'saint-louis'][index % 3] ?? '';
    // A dense hour, then days, then a gap of years.
    const validAt =
      T0 + (index < 120 ? (index % 24) * 60_000 : (index % 20) * 9 * DAY_MS) - (index > 200 ? 9000 * DAY_MS : 0);
    for (const source of index % 4 === 0 ? ['second', 'first', 'zeta', 'alpha'] : ['second'])
      readings.push(observation({ placeId, validAt, source, temperatureC: index }));
  }
  const unique = new Map(readings.map((one) => [`${one.placeId}/${one.validAt}/${one.source}`, one]));
  const list = [...unique.values()].sort(
    (one, other) => ((one.values.temperatureC ?? 0) % 17) - ((other.values.temperatureC ?? 0) % 17),
  );
  await store.ingest.commit(
    batch({ arrivals: list.map((one, offset) => ({ observation: one, partition: 0, offset, item: 0 })) }),
  );
  return list;
}

const SOURCE_ORDER = ['first', 'second', 'alpha', 'zeta'];

function inOrder(readings: readonly Observation[], order: 'asc' | 'desc'): readonly Observation[] {
  const sign = order === 'asc' ? 1 : -1;
  return [...readings].sort(
    (one, other) =>
      sign * (one.validAt - other.validAt) ||
      (one.placeId < other.placeId ? -1 : one.placeId > other.placeId ? 1 : 0) ||
      SOURCE_ORDER.indexOf(one.source) - SOURCE_ORDER.indexOf(other.source),
  );
}

const keyOf = ({ placeId, validAt, source }: Observation) => `${placeId} ${validAt} ${source}`;

function observationSuite(bench: () => Bench): void {
  for (const order of ['asc', 'desc'] as const)
    for (const which of ['all', 'reading'] as const)
      for (const placeId of [undefined, 'dakar'])
        it(`pages ${which} rows of ${placeId ?? 'all places'} in ${order} order without a gap or a repetition`, async () => {
          const { store } = bench();
          const readings = await fillUnevenly(store);
          const [from, to] = [T0 - 9000 * DAY_MS, T0 + 100 * DAY_MS];
          const wanted = inOrder(readings, order)
            .filter((one) => one.validAt >= from && one.validAt < to && (placeId ?? one.placeId) === one.placeId)
            .filter(
              (one, index, all) =>
                which === 'all' || all[index - 1]?.validAt !== one.validAt || all[index - 1]?.placeId !== one.placeId,
            );
          assert.ok(wanted.length > 20);
          for (const limit of [1, 7, 1000]) {
            const query = { from, to, limit, which, order, ...(placeId === undefined ? {} : { placeId }) };
            const { items, pages } = await paged((cursor) =>
              store.observations.query(cursor === null ? query : { ...query, cursor }),
            );
            assert.deepEqual(items.map(keyOf), wanted.map(keyOf));
            assert.equal(pages, Math.ceil(wanted.length / limit));
          }
          if (order === 'asc') {
            const streamed = await collected(
              store.observations.stream({ from, to, which, ...(placeId === undefined ? {} : { placeId }) }),
            );
            assert.deepEqual(streamed.map(keyOf), wanted.map(keyOf));
          }
        });

  it('chooses the preferred reading from every source, wherever a page ends', async () => {
    const { store } = bench();
    const sources = ['zeta', 'alpha', 'second', 'first'];
    const arrivals = Array.from({ length: 60 }, (_, index) =>
      ['dakar', 'thies'].flatMap((placeId) =>
        sources.map((source) => arrival({ placeId, source, validAt: T0 + index })),
      ),
    );
    await store.ingest.commit(batch({ arrivals: arrivals.flat() }));
    for (const placeId of ['dakar', undefined])
      for (const order of ['asc', 'desc'] as const)
        for (const limit of [1, 2, 5, 9]) {
          const query = {
            from: T0,
            to: T0 + DAY_MS,
            limit,
            which: 'reading',
            order,
            ...(placeId ? { placeId } : {}),
          } as const;
          const { items } = await paged((cursor) =>
            store.observations.query(cursor === null ? query : { ...query, cursor }),
          );
          assert.equal(items.length, placeId ? 60 : 120);
          assert.ok(items.every(({ source }) => source === 'first'));
        }
  });

  it('takes [from, to): the first instant is in, the last is not', async () => {
    const { store } = bench();
    await store.ingest.commit(batch({ arrivals: [0, 1, 2].map((step) => arrival({ validAt: T0 + step })) }));
    const { items } = await store.observations.query({
      from: T0,
      to: T0 + 2,
      limit: 9,
      which: 'all',
      placeId: 'dakar',
    });
    assert.deepEqual(
      items.map((one) => one.validAt),
      [T0, T0 + 1],
    );
  });

  it('finds nothing for a place, an instant or a source that it has never seen', async () => {
    const { store } = bench();
    await store.ingest.commit(batch({ arrivals: [arrival()] }));
    const nowhere = { from: 0, to: T0 * 2, limit: 5, which: 'all', placeId: 'nowhere' } as const;
    assert.deepEqual(await store.observations.query(nowhere), { items: [], nextCursor: null });
    assert.equal(await store.observations.get({ placeId: 'dakar', validAt: T0, source: 'nobody' }), null);
    assert.equal((await store.observations.latest(['nowhere'])).size, 0);
  });

  it('refuses a cursor that it did not give', async () => {
    const query = { from: 0, to: T0, limit: 5, which: 'all', cursor: 'W10' } as const;
    await assert.rejects(bench().store.observations.query(query), hasCode('HMT_HTTP_BAD_PARAMETER'));
  });

  it('knows the newest reading of each place, of the preferred source, whatever comes late', async () => {
    const { store } = bench();
    const newest = async () => {
      const latest = await store.observations.latest(['dakar', 'thies', 'podor']);
      return [...latest].map(([placeId, one]) => [placeId, one.validAt - T0, one.source, one.values.temperatureC]);
    };
    await store.ingest.commit(
      batch({ arrivals: [arrival({ source: 'second' }), arrival({ placeId: 'thies', temperatureC: 1 })] }),
    );
    assert.deepEqual(await newest(), [
      ['dakar', 0, 'second', 28.4],
      ['thies', 0, 'first', 1],
    ]);
    await store.ingest.commit(
      batch({ arrivals: [arrival({ source: 'first', temperatureC: 2 }), arrival({ validAt: T0 - DAY_MS })] }),
    );
    assert.deepEqual((await newest())[0], ['dakar', 0, 'first', 2]);
    await store.ingest.commit(batch({ arrivals: [arrival({ validAt: T0 + 1, source: 'zeta', temperatureC: 3 })] }));
    assert.deepEqual((await newest())[0], ['dakar', 1, 'zeta', 3]);
    const corrected = arrival({ validAt: T0 + 1, source: 'zeta', temperatureC: 4, receivedAt: T0 + DAY_MS });
    await store.ingest.commit(batch({ arrivals: [corrected] }));
    assert.deepEqual((await newest())[0], ['dakar', 1, 'zeta', 4]);
  });

  it('goes on streaming while rows are added', async () => {
    const { store } = bench();
    const reading = (index: number) => arrival({ validAt: T0 + index * 1000 });
    await store.ingest.commit(batch({ arrivals: Array.from({ length: 2500 }, (_, index) => reading(index)) }));
    let seen = 0;
    for await (const one of store.observations.stream({ from: T0, to: T0 + DAY_MS, which: 'all' })) {
      assert.equal(one.validAt, T0 + seen * 1000);
      seen++;
      if (seen === 100) await store.ingest.commit(batch({ arrivals: [reading(2500), reading(2501)] }));
    }
    assert.equal(seen, 2502);
  });
}

function historySuite(bench: () => Bench): void {
  it('sums a place up in at most as many buckets as were asked for, and leaves empty ones out', async () => {
    const { store } = bench();
    const temperatures = [10, 20, 30, 40, -5];
    const arrivals = temperatures.map((temperatureC, hour) => arrival({ validAt: T0 + hour * HOUR_MS, temperatureC }));
    await store.ingest.commit(
      batch({ arrivals: [...arrivals, arrival({ validAt: T0 + 9 * HOUR_MS, temperatureC: 7 })] }),
    );
    const buckets = await store.observations.history('dakar', 'temperatureC', T0, T0 + 10 * HOUR_MS, 5);
    assert.deepEqual(buckets, [
      { at: T0, min: 10, mean: 15, max: 20, count: 2 },
      { at: T0 + 2 * HOUR_MS, min: 30, mean: 35, max: 40, count: 2 },
      { at: T0 + 4 * HOUR_MS, min: -5, mean: -5, max: -5, count: 1 },
      { at: T0 + 8 * HOUR_MS, min: 7, mean: 7, max: 7, count: 1 },
    ]);
    assert.deepEqual(await store.observations.history('dakar', 'uvIndex', T0, T0 + DAY_MS, 5), []);
  });

  it('agrees with a plain recount over a year, whatever the number of points', async () => {
    const { store } = bench();
    const arrivals = Array.from({ length: 1500 }, (_, index) =>
      arrival({ validAt: T0 + index * 5 * HOUR_MS + (index % 7) * 1000, temperatureC: (index * 37) % 101 }),
    );
    await store.ingest.commit(batch({ arrivals }));
    const [from, to] = [T0 + 3 * DAY_MS + 1, T0 + 300 * DAY_MS + 7];
    for (const points of [1, 13, 400]) {
      const buckets = await store.observations.history('dakar', 'temperatureC', from, to, points);
      const widthMs = Math.ceil((to - from) / points);
      assert.ok(buckets.length <= points);
      const within = arrivals.filter(({ observation: { validAt } }) => validAt >= from && validAt < to);
      assert.equal(
        buckets.reduce((sum, { count }) => sum + count, 0),
        within.length,
      );
      for (const { at, min, mean, max, count } of buckets) {
        const values = within
          .filter(({ observation: { validAt } }) => validAt >= at && validAt < at + widthMs)
          .map(({ observation: { values } }) => values.temperatureC ?? Number.NaN);
        assert.deepEqual([min, max, count], [Math.min(...values), Math.max(...values), values.length]);
        assert.ok(Math.abs(mean - values.reduce((sum, value) => sum + value, 0) / count) < 1e-9);
      }
    }
  });

  it('uses the preferred reading only', async () => {
    const { store } = bench();
    const sources = ['second', 'first', 'alpha'];
    const arrivals = sources.map((source, index) => arrival({ source, temperatureC: index * 10 }));
    const lonely = arrival({ source: 'alpha', validAt: T0 + 1, temperatureC: 50 });
    await store.ingest.commit(batch({ arrivals: [...arrivals, lonely] }));
    const [bucket] = await store.observations.history('dakar', 'temperatureC', T0, T0 + HOUR_MS, 1);
    assert.deepEqual(bucket, { at: T0, min: 10, mean: 30, max: 50, count: 2 });
  });

  it('gives the mean of wind directions around the circle', async () => {
    const { store } = bench();
    const arrivals = [350, 10, 30].map((windFromDirectionDeg, index) =>
      arrival({ validAt: T0 + index, values: { ...noValues(), windFromDirectionDeg } }),
    );
    await store.ingest.commit(batch({ arrivals }));
    const [bucket] = await store.observations.history('dakar', 'windFromDirectionDeg', T0, T0 + HOUR_MS, 1);
    assert.ok(Math.abs((bucket?.mean ?? 0) - 10) < 1e-6, `mean is ${bucket?.mean}`);
    assert.deepEqual([bucket?.min, bucket?.max], [10, 350]);
  });
}

function slotSuite(bench: () => Bench): void {
  const key = (placeId: string, step: number) => ({ placeId, slotAt: T0 + step * SLOT_MS });

  it('opens slots once', async () => {
    const { store } = bench();
    assert.equal(await store.slots.open([key('dakar', 0), key('thies', 0)]), 2);
    await store.slots.put([slot({ state: 'missing', reason: 'quota', detail: 'HMT_POLL_QUOTA_SPENT', version: 2 })]);
    assert.equal(await store.slots.open([key('dakar', 0), key('dakar', 1), key('dakar', 1)]), 1);
    const [dakar, thies, none] = await store.slots.get([key('dakar', 0), key('thies', 0), key('thies', 9)]);
    assert.deepEqual(dakar, slot({ state: 'missing', reason: 'quota', detail: 'HMT_POLL_QUOTA_SPENT', version: 2 }));
    assert.deepEqual(thies, slot({ placeId: 'thies' }));
    assert.equal(none, null);
  });

  it('writes by compare-and-set: of two writers one wins, and the loser writes nothing', async () => {
    const { store } = bench();
    await store.slots.put([slot()]);
    const arrived = { state: 'arrived', arrivedAt: T0 + 5, validAt: T0, source: 'first' } as const;
    await store.slots.put([slot({ ...arrived, version: 2 })]);
    const late = [slot({ placeId: 'thies' }), slot({ state: 'missing', version: 2 })];
    await assert.rejects(store.slots.put(late), hasCode('HMT_STORE_CONFLICT'));
    await assert.rejects(store.slots.put([slot()]), hasCode('HMT_STORE_CONFLICT'));
    await assert.rejects(store.slots.put([slot({ placeId: 'podor', version: 2 })]), hasCode('HMT_STORE_CONFLICT'));
    const [dakar, thies] = await store.slots.get([key('dakar', 0), key('thies', 0)]);
    assert.deepEqual(dakar, slot({ ...arrived, version: 2 }));
    assert.equal(thies, null);
  });

  it('pages in order of slot and place, by place and by state', async () => {
    const { store } = bench();
    const places = ['thies', 'dakar', 'podor'];
    await store.slots.open([5, 2, 9, 0, 7].flatMap((step) => places.map((placeId) => key(placeId, step))));
    await store.slots.put([slot({ ...key('podor', 2), state: 'missing', reason: 'no-answer', version: 2 })]);
    const range = { from: T0, to: T0 + 9 * SLOT_MS };
    const steps = async (query: { placeId?: string; states?: readonly SlotState[] }, limit: number) => {
      const { items } = await paged((cursor) =>
        store.slots.query({ ...range, ...query, limit, ...(cursor === null ? {} : { cursor }) }),
      );
      return items.map(({ placeId, slotAt }) => `${(slotAt - T0) / SLOT_MS} ${placeId}`);
    };
    const all = [0, 2, 5, 7].flatMap((step) => [...places].sort().map((placeId) => `${step} ${placeId}`));
    for (const limit of [1, 2, 5, 100]) {
      assert.deepEqual(await steps({}, limit), all);
      assert.deepEqual(await steps({ placeId: 'dakar' }, limit), ['0 dakar', '2 dakar', '5 dakar', '7 dakar']);
      assert.deepEqual(await steps({ states: ['missing', 'late'] }, limit), ['2 podor']);
      assert.deepEqual(await steps({ placeId: 'podor', states: ['pending'] }, limit), [
        '0 podor',
        '5 podor',
        '7 podor',
      ]);
      assert.deepEqual(await steps({ placeId: 'nowhere' }, limit), []);
    }
  });

  it('counts by state, everywhere and at one place, and knows its span', async () => {
    const { store } = bench();
    assert.equal(await store.slots.extent(), null);
    await store.slots.open([key('dakar', 0), key('dakar', 1), key('thies', 1), key('thies', 4)]);
    await store.slots.put([slot({ ...key('thies', 1), state: 'late', version: 2 })]);
    const none = { pending: 0, arrived: 0, late: 0, backfilled: 0, stale: 0, missing: 0, quarantined: 0 };
    assert.deepEqual(await store.slots.count(T0, T0 + 4 * SLOT_MS), { ...none, pending: 2, late: 1 });
    assert.deepEqual(await store.slots.count(T0, T0 + 5 * SLOT_MS, 'thies'), { ...none, pending: 1, late: 1 });
    assert.deepEqual(await store.slots.count(T0, T0 + DAY_MS, 'nowhere'), none);
    assert.deepEqual(await store.slots.extent(), { from: T0, to: T0 + 4 * SLOT_MS });
  });
}

function quarantineSuite(bench: () => Bench): void {
  it('keeps bytes and reason once, however often they are delivered', async () => {
    const { store } = bench();
    const entry = quarantined(4, { placeId: 'dakar', slotAt: T0, source: 'first' });
    assert.equal((await store.ingest.commit(batch({ quarantined: [entry, quarantined(5)] }))).quarantined, 2);
    assert.equal((await store.ingest.commit(batch({ quarantined: [entry] }))).quarantined, 0);
    const kept = await store.quarantine.get(entry.id);
    assert.deepEqual({ ...kept, value: [...(kept?.value ?? [])] }, { ...entry, value: [...entry.value] });
    assert.equal(await store.quarantine.get('observations/0/99/0'), null);
  });

  it('lists by page and by code, counts, and removes', async () => {
    const { store } = bench();
    const entries = Array.from({ length: 7 }, (_, index) =>
      quarantined(index, { code: index % 2 === 0 ? 'HMT_PROCESS_SHAPE' : 'HMT_PROCESS_NOT_JSON' }),
    );
    await store.ingest.commit(batch({ quarantined: entries }));
    const offsets = async (code?: string) =>
      (
        await paged((cursor) =>
          store.quarantine.query({
            limit: 2,
            ...(code === undefined ? {} : { code }),
            ...(cursor === null ? {} : { cursor }),
          }),
        )
      ).items.map(({ offset }) => offset);
    assert.deepEqual(await offsets(), [0, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual(await offsets('HMT_PROCESS_NOT_JSON'), [1, 3, 5]);
    assert.deepEqual(await store.quarantine.count(), { HMT_PROCESS_NOT_JSON: 3, HMT_PROCESS_SHAPE: 4 });
    assert.equal(await store.quarantine.remove([quarantined(1).id, quarantined(3).id, 'observations/9/9/9']), 2);
    assert.deepEqual(await offsets('HMT_PROCESS_NOT_JSON'), [5]);
  });
}

function predictionSuite(bench: () => Bench): void {
  const issue = (store: Store, ...issued: readonly Prediction[]) =>
    store.states.commit([], issued, { group: 'forecast', position: '0-0' }, T0);

  it('gives a forecast back to the hundredth of a degree, by its issue time', async () => {
    const { store } = bench();
    const [first, second] = [prediction(T0), prediction(T0 + HOUR_MS, { tier: 'year', calibration: 'prior' })];
    await issue(store, first, second, prediction(T0, { placeId: 'thies' }));
    assert.deepEqual(await store.predictions.newest('dakar'), second);
    assert.deepEqual(await store.predictions.newest('dakar', T0 + HOUR_MS - 1), first);
    assert.equal(await store.predictions.newest('dakar', T0 - 1), null);
    assert.deepEqual(await store.predictions.get('dakar', T0), first);
    assert.equal(await store.predictions.get('dakar', T0 + 1), null);
    assert.equal(await store.predictions.newest('nowhere'), null);
  });

  it('keeps instants that are no full hours, and temperatures below zero', async () => {
    const { store } = bench();
    const odd = prediction(T0 + 123, {
      validAt: [T0 + 500, T0 + 501, T0 + HOUR_MS],
      meanC: [-0.01, -40.25, 0],
      quantilesC: null,
    });
    await issue(store, odd);
    assert.deepEqual(await store.predictions.newest('dakar'), odd);
  });

  it('keeps the newest issue and the last one of each past hour, in whatever order they come', async () => {
    const { store } = bench();
    const minutes = [0, 45, 15, 60, 90, 75, 130];
    for (const minute of minutes) await issue(store, prediction(T0 + minute * MINUTE_MS));
    const issues = await collected(store.predictions.issues('dakar', T0, T0 + DAY_MS));
    assert.deepEqual(
      issues.map(({ issuedAt }) => (issuedAt - T0) / MINUTE_MS),
      [45, 90, 130],
    );
    const some = await collected(store.predictions.issues('dakar', T0 + 90 * MINUTE_MS, T0 + 130 * MINUTE_MS));
    assert.equal(some.length, 1);
  });

  it('replaces an issue that is made again, and keeps another model beside it', async () => {
    const { store } = bench();
    await issue(store, prediction(T0), prediction(T0, { tier: '7d' }), prediction(T0, { model: 'engine-2' }));
    const issues = await collected(store.predictions.issues('dakar', T0, T0 + 1));
    assert.deepEqual(
      issues.map(({ model, tier }) => [model, tier]),
      [
        ['engine-2', '30d'],
        ['pooled-1', '7d'],
      ],
    );
  });

  it('pages through more issues than fit into memory at once', async () => {
    const { store } = bench();
    await issue(store, ...Array.from({ length: 150 }, (_, hour) => prediction(T0 + hour * HOUR_MS)));
    const issues = await collected(store.predictions.issues('dakar', T0, T0 + DAY_MS * 30));
    assert.deepEqual(
      issues.map(({ issuedAt }) => (issuedAt - T0) / HOUR_MS),
      [...Array(150).keys()],
    );
  });

  it('thins forecasts that are older than 90 days to the levels that verification needs', async () => {
    const { store } = bench();
    const [old, young] = [prediction(T0), prediction(T0 + 2 * DAY_MS)];
    await issue(store, old, young);
    await store.trim(T0 + 91 * DAY_MS);
    const thinned = await store.predictions.get('dakar', T0);
    assert.equal(thinned?.quantilesC, null);
    assert.deepEqual(thinned?.meanC, old.meanC);
    const kept = THINNED_LEVELS.map((level) => LEVELS.indexOf(level));
    assert.deepEqual(
      thinned?.thinnedC,
      old.quantilesC?.map((lead) => kept.map((index) => lead[index])),
    );
    assert.deepEqual(await store.predictions.get('dakar', young.issuedAt), young);
  });

  it('keeps provider forecasts once per model run, exactly, and gives the newest of each source', async () => {
    const { store } = bench();
    const first = providerForecast(T0);
    const second = providerForecast(T0 + 6 * HOUR_MS, { model: null, values: { temperatureC: [1 / 3, null, 1e7] } });
    const knownAt = second.receivedAt;
    const other = providerForecast(T0, { source: 'second', validAt: [T0, T0 + 7], values: {} });
    await store.ingest.commit(batch({ providerForecasts: [first, second, other] }));
    await store.ingest.commit(batch({ providerForecasts: [{ ...first, receivedAt: T0 + 9 * HOUR_MS }, second] }));
    assert.deepEqual(await store.predictions.providerForecasts('dakar'), [second, other]);
    assert.deepEqual(await store.predictions.providerForecasts('dakar', T0 + HOUR_MS), [first, other]);
    assert.deepEqual(await store.predictions.providerForecasts('dakar', T0 + HOUR_MS - 1), []);
    assert.deepEqual(await store.predictions.providerForecasts('dakar', knownAt - 1), [first, other]);
    assert.deepEqual(await store.predictions.providerForecasts('dakar', knownAt), [second, other]);
    assert.deepEqual(await store.predictions.providerForecasts('nowhere'), []);
    const issues = await collected(store.predictions.providerIssues('dakar', T0, T0 + DAY_MS));
    assert.deepEqual(issues, [first, other, second]);
  });

  it('takes a later answer of the same model run for the better one', async () => {
    const { store } = bench();
    const partial = providerForecast(T0, { validAt: [T0 + HOUR_MS], values: { temperatureC: [20] } });
    const whole = providerForecast(T0, { receivedAt: T0 + 2 * HOUR_MS });
    await store.ingest.commit(batch({ providerForecasts: [partial, whole, partial] }));
    assert.deepEqual(await store.predictions.providerForecasts('dakar'), [whole]);
    assert.deepEqual(await store.predictions.providerForecasts('dakar', partial.receivedAt), [whole]);
  });
}

function stateSuite(bench: () => Bench): void {
  const feed = { group: 'forecast', position: '0-7' };

  it('saves states, forecasts and the feed position as one', async () => {
    const { store, open } = bench();
    assert.equal(await store.states.position('forecast'), null);
    await store.states.commit([state(1), state(1, { source: 'second' })], [prediction(T0)], feed, T0);
    await store.states.commit([state(2, { model: 'engine-2' })], [], { ...feed, position: '0-9' }, T0);
    const again = await open();
    const kept = await again.states.get('dakar', 'first');
    assert.deepEqual(
      { ...kept, bytes: [...(kept?.bytes ?? [])] },
      { ...state(2, { model: 'engine-2' }), bytes: [2, 0, 255] },
    );
    assert.equal((await again.states.get('dakar', 'second'))?.version, 1);
    assert.equal(await again.states.get('thies', 'first'), null);
    assert.equal(await again.states.position('forecast'), '0-9');
    assert.equal(await again.states.position('other'), null);
  });

  it('refuses a state that somebody else has saved since, and saves nothing then', async () => {
    const { store } = bench();
    await store.states.commit([state(1)], [], feed, T0);
    const later = { ...feed, position: '0-8' };
    for (const stale of [state(1), state(3)])
      await assert.rejects(
        store.states.commit([state(1, { placeId: 'thies' }), stale], [prediction(T0)], later, T0),
        hasCode('HMT_STORE_CONFLICT'),
      );
    assert.equal(await store.states.get('thies', 'first'), null);
    assert.equal(await store.predictions.newest('dakar'), null);
    assert.equal(await store.states.position('forecast'), '0-7');
  });
}

function feedSuite(bench: () => Bench): void {
  it('lists what a batch changed, in order, and nothing that it did not', async () => {
    const { store } = bench();
    assert.equal(await store.feed.head(), null);
    assert.deepEqual(await store.feed.read(null, 5), { entries: [], gap: false });
    const reading = observation();
    await store.ingest.commit(batch({ arrivals: [arrival()], slots: [slot({ state: 'arrived' })] }));
    await store.ingest.commit(batch({ arrivals: [arrival()] }));
    await store.ingest.commit(batch({ arrivals: [arrival({ temperatureC: 1, receivedAt: T0 + DAY_MS })] }));
    await store.states.commit([], [prediction(T0)], { group: 'forecast', position: '0-0' }, T0 + 9);
    const key = { placeId: reading.placeId, validAt: reading.validAt, source: reading.source };
    assert.deepEqual(await feedItems(store), [
      { kind: 'observation', key, correction: false },
      { kind: 'slot', key: { placeId: 'dakar', slotAt: T0 }, state: 'arrived' },
      { kind: 'observation', key, correction: true },
      { kind: 'forecast', placeId: 'dakar', issuedAt: T0 },
    ]);
    const { entries } = await store.feed.read(null, 10);
    assert.deepEqual(
      entries.map(({ at }) => at - T0),
      [0, 0, 0, 9],
    );
    assert.equal(await store.feed.head(), entries.at(-1)?.position);
    for (const { position } of entries) assert.match(position, /^[A-Za-z0-9.-]+$/);
  });

  it('goes on after any entry, in the middle of a batch too, and says how much is left', async () => {
    const { store } = bench();
    for (let round = 0; round < 4; round++)
      await store.ingest.commit(
        batch({ at: T0 + round, arrivals: [0, 1, 2].map((step) => arrival({ validAt: T0 + round * 10 + step })) }),
      );
    const all = (await store.feed.read(null, 100)).entries;
    assert.equal(all.length, 12);
    for (const [index, { position }] of all.entries()) {
      for (const limit of [1, 4, 100]) {
        const { entries, gap } = await store.feed.read(position, limit);
        assert.deepEqual(entries, all.slice(index + 1, index + 1 + limit));
        assert.equal(gap, false);
      }
      const oldestAt = all[index + 1]?.at ?? null;
      assert.deepEqual(await store.feed.lag(position), { entries: 11 - index, oldestAt });
    }
    assert.deepEqual(await store.feed.lag(null), { entries: 12, oldestAt: T0 });
  });

  it('says that there is a gap when entries were dropped, and for a position it never gave', async () => {
    const { store } = bench();
    await store.ingest.commit(batch({ at: T0, arrivals: [arrival()] }));
    const first = await store.feed.head();
    await store.ingest.commit(batch({ at: T0 + HOUR_MS, arrivals: [arrival({ validAt: T0 + 1 })] }));
    const second = await store.feed.head();
    await store.ingest.commit(batch({ at: T0 + DAY_MS * 3, arrivals: [arrival({ validAt: T0 + 2 })] }));
    await store.trim(T0 + DAY_MS * 3);
    assert.equal((await store.feed.read(null, 9)).gap, true);
    assert.equal((await store.feed.read(first, 9)).gap, true);
    assert.deepEqual((await store.feed.read(first, 9)).entries.length, 1);
    assert.equal((await store.feed.read(second, 9)).gap, false);
    for (const foreign of ['nonsense', '7-1', '0-4000', ''])
      assert.equal((await store.feed.read(foreign, 9)).gap, true, foreign);
    await store.trim(T0 + DAY_MS * 30);
    assert.equal((await store.feed.read(second, 9)).entries.length, 1, 'the newest entry stays, however old');
  });

  it('holds a bounded number of entries', async () => {
    const { store } = bench();
    const step = 960;
    for (let from = 0; from < 130_000; from += step)
      await store.slots.open(
        Array.from({ length: step }, (_, index) => ({ placeId: 'dakar', slotAt: T0 + (from + index) * SLOT_MS })),
      );
    const { entries, gap } = await store.feed.read(null, 200_000);
    assert.equal(gap, true);
    assert.ok(entries.length >= 50_000 && entries.length <= 110_000, `${entries.length} entries`);
    assert.equal(entries.at(-1)?.position, await store.feed.head());
  });

  it('lists each place and source once when a batch catches up, with the span that changed', async () => {
    const { store } = bench();
    const arrivals = Array.from({ length: 3000 }, (_, index) =>
      arrival({ placeId: index % 2 === 0 ? 'dakar' : 'thies', validAt: T0 + ((index * 7) % 3000) * 1000 }),
    );
    await store.ingest.commit(batch({ arrivals }));
    const items = await feedItems(store);
    assert.equal(items.length, 2);
    for (const item of items) {
      assert.ok(item.kind === 'observation' && item.since !== undefined);
      const own = arrivals.map((one) => one.observation).filter((one) => one.placeId === item.key.placeId);
      assert.equal(item.key.validAt, Math.max(...own.map((one) => one.validAt)));
      assert.equal(item.since, Math.min(...own.map((one) => one.validAt)));
    }
  });

  it('wakes who waits as soon as something is committed, and when the wait is given up', async () => {
    const { store } = bench();
    const woken: string[] = [];
    const abort = new AbortController();
    const first = store.feed.wait(null, new AbortController().signal).then(() => woken.push('committed'));
    await store.ingest.commit(batch({ arrivals: [arrival()] }));
    await first;
    const head = await store.feed.head();
    const second = store.feed.wait(head, abort.signal).then(() => woken.push('aborted'));
    await Promise.resolve();
    assert.deepEqual(woken, ['committed']);
    abort.abort();
    await second;
    assert.deepEqual(woken, ['committed', 'aborted']);
    await store.feed.wait(null, new AbortController().signal);
  });

  it('tells of slots that are opened or given up', async () => {
    const { store } = bench();
    const key = { placeId: 'dakar', slotAt: T0 };
    await store.slots.open([key]);
    await store.slots.open([key]);
    await store.slots.put([slot({ state: 'missing', reason: 'quota', version: 2 })]);
    assert.deepEqual(await feedItems(store), [
      { kind: 'slot', key, state: 'pending' },
      { kind: 'slot', key, state: 'missing' },
    ]);
  });
}

function quotaSuite(bench: () => Bench): void {
  const day = (windowAt: Instant, limit = 10) => ({ id: 'open-meteo/-/day', windowAt, limit });
  const minute = (windowAt: Instant, limit = 3) => ({ id: 'open-meteo/-/minute', windowAt, limit });

  it('charges all windows or none', async () => {
    const { store, open } = bench();
    assert.equal(await store.quota.reserve([day(T0), minute(T0)], 2.5), null);
    assert.equal(await store.quota.reserve([day(T0), minute(T0)], 1), minute(T0).id);
    const again = await open();
    assert.deepEqual(await again.quota.read([day(T0).id, minute(T0).id, 'other']), [
      { id: day(T0).id, windowAt: T0, used: 2.5 },
      { id: minute(T0).id, windowAt: T0, used: 2.5 },
      null,
    ]);
    assert.equal(await again.quota.reserve([minute(T0)], 0.5), null, 'up to the limit is within it');
    assert.equal(await again.quota.reserve([], 5), null);
  });

  it('starts a newer window from zero and keeps counting when the clock was set back', async () => {
    const { store } = bench();
    await store.quota.reserve([day(T0)], 10);
    assert.equal(await store.quota.reserve([day(T0)], 1), day(T0).id);
    assert.equal(await store.quota.reserve([day(T0 + DAY_MS)], 4), null);
    assert.equal(await store.quota.reserve([day(T0)], 6), null);
    assert.equal(await store.quota.reserve([day(T0)], 1), day(T0).id);
    assert.deepEqual(await store.quota.read([day(T0).id]), [{ id: day(T0).id, windowAt: T0 + DAY_MS, used: 10 }]);
  });

  it('leaves a newer window untouched when another one has no room', async () => {
    const { store } = bench();
    await store.quota.reserve([day(T0), minute(T0)], 3);
    assert.equal(await store.quota.reserve([minute(T0 + MINUTE_MS), day(T0, 5)], 3), day(T0).id);
    assert.deepEqual(await store.quota.read([minute(T0).id]), [{ id: minute(T0).id, windowAt: T0, used: 3 }]);
  });
}

function factSuite(bench: () => Bench): void {
  it('keeps JSON by key and lists by prefix', async () => {
    const { store, open } = bench();
    await store.facts.set('plan/a', { stretched: true, everyMinutes: 20 });
    await store.facts.set('plan/b', [1, null, 'é']);
    await store.facts.set('plan%', 1);
    await store.facts.set('plan/a', { stretched: false });
    const again = await open();
    assert.deepEqual(await again.facts.get('plan/a'), { stretched: false });
    assert.equal(await again.facts.get('plan'), null);
    assert.deepEqual(
      [...(await again.facts.list('plan/'))],
      [
        ['plan/a', { stretched: false }],
        ['plan/b', [1, null, 'é']],
      ],
    );
    assert.equal((await again.facts.list('plan%')).size, 1);
  });
}

function documentSuite(bench: () => Bench, can: StoreAbilities): void {
  const change = (key: string, version: number | null, value: unknown = { key, version }) => ({
    collection: 'notes',
    key,
    value,
    version,
  });
  const keys = async (query: Partial<DocumentQuery> = {}) => {
    const { items } = await bench().store.documents.list('notes', { limit: 100, ...query });
    return items.map(({ key }) => key);
  };

  it('keeps JSON by collection and key, with its version', async () => {
    const { documents } = bench().store;
    assert.equal(await documents.get('notes', 'a'), null);
    await documents.commit([
      change('a', 1, { deep: [1, 'é', null] }),
      { ...change('a', 1, 'x'), collection: 'others' },
    ]);
    await documents.commit([change('a', 2, { deep: [] })]);
    assert.deepEqual(await documents.get('notes', 'a'), { key: 'a', version: 2, value: { deep: [] } });
    assert.deepEqual(await documents.get('others', 'a'), { key: 'a', version: 1, value: 'x' });
  });

  it('writes by compare-and-set: a new one where there is none, the next version of what was read', async () => {
    const { documents } = bench().store;
    await documents.commit([change('a', 1)]);
    for (const version of [1, 3, 4])
      await assert.rejects(documents.commit([change('a', version, 'lost')]), hasCode('HMT_STORE_CONFLICT'));
    await assert.rejects(documents.commit([change('b', 2)]), hasCode('HMT_STORE_CONFLICT'));
    assert.deepEqual(await documents.get('notes', 'a'), { key: 'a', version: 1, value: { key: 'a', version: 1 } });
    assert.equal(await documents.get('notes', 'b'), null);
  });

  it('leaves what is there when no version is given', async () => {
    const { documents } = bench().store;
    await documents.commit([change('a', null, 'first')]);
    await documents.commit([change('a', null, 'second'), change('b', null, 'new')]);
    assert.deepEqual(await documents.get('notes', 'a'), { key: 'a', version: 1, value: 'first' });
    assert.deepEqual(await documents.get('notes', 'b'), { key: 'b', version: 1, value: 'new' });
  });

  it('removes by compare-and-set, and begins anew after that', async () => {
    const { documents } = bench().store;
    await documents.commit([change('a', 1)]);
    await assert.rejects(documents.commit([change('a', 1, null)]), hasCode('HMT_STORE_CONFLICT'));
    await documents.commit([change('a', 2, null)]);
    assert.equal(await documents.get('notes', 'a'), null);
    await assert.rejects(documents.commit([change('a', 3, null)]), hasCode('HMT_STORE_CONFLICT'));
    await documents.commit([change('a', 1, 'again')]);
    assert.equal((await documents.get('notes', 'a'))?.version, 1);
  });

  it(`writes ${can.atomicBatches ? 'all or none' : 'up to the first conflict'}, and can be repeated after that`, async () => {
    const { documents } = bench().store;
    await documents.commit([change('head', 1)]);
    const writing = (head: number) => [change('row', null, 'told'), change('head', head), change('after', null)];
    await assert.rejects(documents.commit(writing(3)), hasCode('HMT_STORE_CONFLICT'));
    assert.equal((await documents.get('notes', 'row')) === null, can.atomicBatches);
    assert.equal(await documents.get('notes', 'after'), null);
    assert.equal((await documents.get('notes', 'head'))?.version, 1);
    await documents.commit(writing(2));
    assert.deepEqual((await documents.get('notes', 'row'))?.value, 'told');
    assert.equal((await documents.get('notes', 'row'))?.version, 1);
    assert.equal((await documents.get('notes', 'head'))?.version, 2);
  });

  it('lists [from, to) of the keys in order, both ways, page by page', async () => {
    const { documents } = bench().store;
    const all = ['0000000001', '0000000002', '0000000010', 'A-1', 'a-1', 'a.b:c/d@e+f_g'];
    await documents.commit(all.toReversed().map((key) => change(key, 1)));
    await documents.commit([{ ...change('0000000003', 1), collection: 'others' }]);
    assert.deepEqual(await keys(), all);
    assert.deepEqual(await keys({ order: 'desc' }), all.toReversed());
    assert.deepEqual(await keys({ from: '0000000002', to: 'A-1' }), ['0000000002', '0000000010']);
    assert.deepEqual(await keys({ from: '0000000002', to: 'A-1', order: 'desc', limit: 1 }), ['0000000010']);
    for (const order of ['asc', 'desc'] as const)
      for (const limit of [1, 2, 3, 100]) {
        const { items } = await paged((cursor) =>
          documents.list('notes', { order, limit, ...(cursor ? { cursor } : {}) }),
        );
        assert.deepEqual(
          items.map(({ key }) => key),
          order === 'asc' ? all : all.toReversed(),
        );
      }
    await assert.rejects(documents.list('notes', { limit: 1, cursor: 'ours?' }), hasCode('HMT_HTTP_BAD_PARAMETER'));
  });

  it('drops the lowest keys below a bound, a bounded number at a time', async () => {
    const { documents } = bench().store;
    await documents.commit(['1', '2', '3', '4'].map((key) => change(key, 1)));
    await documents.commit([{ ...change('1', 1), collection: 'others' }]);
    assert.equal(await documents.drop('notes', '4', 2), 2);
    assert.deepEqual(await keys(), ['3', '4']);
    assert.equal(await documents.drop('notes', '4', 2), 1);
    assert.equal(await documents.drop('notes', '4', 2), 0);
    assert.equal((await documents.get('others', '1'))?.version, 1);
  });

  it('lets one of two processes win', async () => {
    const { store, open } = bench();
    const other = await open();
    await store.documents.commit([change('a', 1, 'ours')]);
    assert.equal((await other.documents.get('notes', 'a'))?.value, 'ours');
    await other.documents.commit([change('a', 2, 'theirs')]);
    await assert.rejects(store.documents.commit([change('a', 2, 'late')]), hasCode('HMT_STORE_CONFLICT'));
    assert.equal((await store.documents.get('notes', 'a'))?.value, 'theirs');
  });
}

function retentionSuite(bench: () => Bench): void {
  const fill = async (store: Store) => {
    const days = Array.from({ length: 60 }, (_, index) => T0 + index * DAY_MS);
    await store.ingest.commit(
      batch({
        at: T0 + 59 * DAY_MS,
        arrivals: days.flatMap((validAt) => [arrival({ validAt }), arrival({ validAt, placeId: 'thies' })]),
        slots: days.map((slotAt) => slot({ slotAt, state: 'arrived' })),
        providerForecasts: days.map((at) => providerForecast(at)),
      }),
    );
    await store.states.commit(
      [],
      days.map((at) => prediction(at)),
      { group: 'forecast', position: '0-0' },
      T0,
    );
    await store.states.commit([], [prediction(T0, { placeId: 'thies' })], { group: 'forecast', position: '0-0' }, T0);
  };
  const trimAll = async (store: Store, now: Instant) => {
    for (let steps = 0; (await store.trim(now)) > 0; steps++) assert.ok(steps < 1000);
  };

  it('removes nothing unless it is asked to', async () => {
    const { store } = bench();
    await fill(store);
    await trimAll(store, T0 + 5000 * DAY_MS);
    assert.equal((await store.observations.extent())?.count, 120);
    assert.equal(await store.facts.get(REMOVED_BEFORE_FACT), null);
  });

  it('removes what describes instants before the retention, and remembers up to where', async () => {
    const { store, open } = bench();
    await fill(store);
    const keeping = await open({ retentionDays: 30 });
    const cut = T0 + 15 * DAY_MS + 5 * HOUR_MS;
    await trimAll(keeping, cut + 30 * DAY_MS);
    assert.equal(await keeping.facts.get(REMOVED_BEFORE_FACT), cut);
    assert.deepEqual(await keeping.observations.extent(), { count: 88, from: T0 + 16 * DAY_MS, to: T0 + 59 * DAY_MS });
    const rows: StoredObservation[] = await everything(keeping);
    assert.equal(rows.length, 88);
    assert.deepEqual(await keeping.slots.extent(), { from: T0 + 16 * DAY_MS, to: T0 + 59 * DAY_MS });
    const [first] = await collected(keeping.predictions.issues('dakar', 0, T0 + 99 * DAY_MS));
    assert.equal(first?.issuedAt, T0 + 16 * DAY_MS);
    const [run] = await collected(keeping.predictions.providerIssues('dakar', 0, T0 + 99 * DAY_MS));
    assert.equal(run?.issuedAt, T0 + 16 * DAY_MS);
    assert.equal((await keeping.predictions.newest('thies'))?.issuedAt, T0, 'the newest issue stays, however old');
  });

  it('forgets the newest reading of a place whose readings are all too old', async () => {
    const { store, open } = bench();
    await fill(store);
    const keeping = await open({ retentionDays: 30 });
    assert.equal((await keeping.observations.latest(['dakar'])).size, 1);
    await trimAll(keeping, T0 + 500 * DAY_MS);
    assert.equal((await keeping.observations.latest(['dakar'])).size, 0);
    assert.equal(await keeping.observations.extent(), null);
    await keeping.ingest.commit(batch({ arrivals: [arrival()] }));
    assert.equal((await keeping.observations.latest(['dakar'])).get('dakar')?.validAt, T0);
  });
}

function sharingSuite(bench: () => Bench): void {
  it('sees what another process commits, the newest readings included', async () => {
    const { store, open } = bench();
    const other = await open();
    assert.equal((await other.observations.latest(['dakar'])).size, 0);
    await store.ingest.commit(batch({ arrivals: [arrival()] }));
    assert.equal((await other.observations.latest(['dakar'])).get('dakar')?.validAt, T0);
    assert.equal((await store.observations.latest(['dakar'])).get('dakar')?.validAt, T0);
    await other.ingest.commit(batch({ arrivals: [arrival({ validAt: T0 + 1, source: 'second' })] }));
    assert.equal((await store.observations.latest(['dakar'])).get('dakar')?.validAt, T0 + 1);
    assert.equal((await store.feed.read(null, 9)).entries.length, 2);
  });

  it('wakes who waits when another process has committed, at the next look', async () => {
    const { clock, store, open } = bench();
    const watching = await open({ watchForeignMs: 100 });
    let woken = false;
    const waiting = watching.feed.wait(null, new AbortController().signal).then(() => {
      woken = true;
    });
    await clock.advanceBy(1000);
    assert.equal(woken, false);
    await store.ingest.commit(batch({ arrivals: [arrival()] }));
    await clock.advanceBy(100);
    assert.equal(woken, true);
    await waiting;
  });

  it('does not mix simulated rows with live ones', async () => {
    await assert.rejects(bench().open({ nature: 'simulated' }), hasCode('HMT_FOLDER_MIXED'));
  });

  it('is found as it was left', async () => {
    const { store, open } = bench();
    await store.ingest.commit(batch({ arrivals: [arrival()], slots: [slot()] }));
    const head = await store.feed.head();
    await store.close();
    const again = await open();
    assert.equal((await everything(again)).length, 1);
    assert.equal(await again.feed.head(), head);
  });
}
