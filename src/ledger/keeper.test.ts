import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { silentLogger } from '../core/log.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import { memoryStore } from '../poll/poll-world.contract.ts';
import { endEra, expectedSlots, readEras } from './era.ts';
import { holes } from './holes.ts';
import { type KeeperOptions, keeper } from './keeper.ts';
import type { SlotState } from './ledger.ts';
import { applySlotEvent } from './transition.ts';

const T = Date.UTC(2024, 1, 28, 12);
const EVERY_MS = 15 * MINUTE_MS;

function setUp(given: Partial<KeeperOptions> = {}) {
  const store = memoryStore();
  const make = (changed: Partial<KeeperOptions> = {}) =>
    keeper({
      store,
      logger: silentLogger,
      placeIds: ['a', 'b'],
      everyMs: EVERY_MS,
      historyMs: 0,
      ...given,
      ...changed,
    });
  const opened = () =>
    [...new Set([...store.rows.values()].map(({ slotAt }) => (slotAt - T) / MINUTE_MS))].sort((x, y) => x - y);
  /** Every expected (place, slot) that has no row. */
  const silentHoles = async (to: Instant) => {
    const missing: string[] = [];
    for (const { slotAt, placeIds } of expectedSlots(await readEras(store), 0, to))
      for (const [index, slot] of (await store.slots.get(placeIds.map((placeId) => ({ placeId, slotAt })))).entries())
        if (slot === null) missing.push(`${placeIds[index]} ${slotAt}`);
    return missing;
  };
  const fill = async (placeId: string, slotAt: Instant, state: SlotState = 'arrived') => {
    const [slot] = await store.slots.get([{ placeId, slotAt }]);
    if (!slot) throw new Error('no such slot');
    await store.slots.put([{ ...slot, state, version: slot.version + 1 }]);
  };
  return { store, make, opened, silentHoles, fill };
}

test('the ledger begins with the slot of its first moment', async () => {
  const { make, opened } = setUp();
  const kept = make();
  await kept.start(T + 7 * MINUTE_MS);
  assert.equal(await kept.openDue(T + 7 * MINUTE_MS), T);
  assert.deepEqual(opened(), [0]);
});

test('a new ledger begins earlier when history is wanted', async () => {
  const { make, opened } = setUp({ historyMs: HOUR_MS });
  const kept = make();
  await kept.start(T);
  await kept.openDue(T);
  assert.deepEqual(opened(), [-60, -45, -30, -15, 0]);
});

test('a downtime leaves no gap: its slots are opened by the next process', async () => {
  const { make, opened } = setUp();
  const first = make();
  await first.start(T);
  await first.openDue(T);
  await first.save();
  const second = make();
  await second.start(T + 61 * MINUTE_MS);
  await second.openDue(T + 61 * MINUTE_MS);
  assert.deepEqual(opened(), [0, 15, 30, 45, 60]);
});

test('a process that was killed before it saved anything leaves no gap either', async () => {
  const { make, store, silentHoles } = setUp();
  const first = make();
  await first.start(T);
  for (let at = T; at < T + 5 * HOUR_MS; at += EVERY_MS) await first.openDue(at);
  store.rows.delete([...store.rows.keys()].sort().at(-1) ?? '');
  const second = make();
  await second.start(T + 6 * HOUR_MS);
  await second.openDue(T + 6 * HOUR_MS);
  assert.deepEqual(await silentHoles(T + 6 * HOUR_MS), []);
  assert.equal(store.rows.size, 25 * 2);
});

test('a clock that is set forward opens what it skipped, and set back opens nothing new', async () => {
  const { make, opened } = setUp();
  const kept = make();
  await kept.start(T);
  await kept.openDue(T);
  await kept.openDue(T + HOUR_MS);
  assert.equal(await kept.openDue(T + 5 * MINUTE_MS), T);
  assert.equal(await kept.openDue(T + 20 * MINUTE_MS), T + EVERY_MS);
  assert.deepEqual(opened(), [0, 15, 30, 45, 60]);
});

test('a clock that jumps by decades does not open decades of slots', async () => {
  const { make, store, silentHoles } = setUp();
  const kept = make();
  await kept.start(DAY_MS);
  await kept.openDue(DAY_MS);
  await kept.openDue(T);
  assert.equal(store.rows.size, 4);
  assert.deepEqual(await silentHoles(T + 1), []);
});

test('another cadence begins a new era, and the old one is opened to its end', async () => {
  const { make, store, opened, silentHoles } = setUp();
  const first = make();
  await first.start(T);
  await first.openDue(T);
  await first.save();
  const second = make({ everyMs: 20 * MINUTE_MS });
  await second.start(T + 65 * MINUTE_MS);
  await second.openDue(T + 65 * MINUTE_MS);
  assert.deepEqual(opened(), [0, 15, 30, 45, 60]);
  await second.openDue(T + 80 * MINUTE_MS);
  assert.deepEqual(opened(), [0, 15, 30, 45, 60, 80]);
  assert.equal((await readEras(store)).length, 2);
  assert.deepEqual(await silentHoles(T + 81 * MINUTE_MS), []);
});

test('a place that is added is expected from then on, one that is taken away no longer', async () => {
  const { make, store } = setUp();
  const first = make();
  await first.start(T);
  await first.openDue(T);
  await first.save();
  const second = make({ placeIds: ['b', 'c'] });
  await second.start(T + 16 * MINUTE_MS);
  await second.openDue(T + 16 * MINUTE_MS);
  assert.deepEqual(
    [...store.rows.values()].map(({ placeId, slotAt }) => `${placeId} ${(slotAt - T) / MINUTE_MS}`).sort(),
    ['a 0', 'b 0', 'b 15', 'c 15'],
  );
});

test('an ended era expects nothing until a new one begins', async () => {
  const { make, store, opened } = setUp();
  const first = make();
  await first.start(T);
  await first.openDue(T);
  await first.save();
  await endEra(store, T + 16 * MINUTE_MS);
  const second = make();
  await second.start(T + 120 * MINUTE_MS);
  await second.openDue(T + 120 * MINUTE_MS);
  assert.deepEqual(opened(), [0, 15, 120]);
});

test('a ledger that was rebuilt from the journal has its gaps opened again', async () => {
  const { make, store, opened } = setUp();
  for (const minutes of [0, 45])
    await store.slots.put([
      applySlotEvent(
        null,
        { placeId: 'a', slotAt: T + minutes * MINUTE_MS },
        { kind: 'quarantined', at: T, detail: 'HMT_PROCESS_SHAPE' },
      ),
    ]);
  const kept = make();
  await kept.start(T + HOUR_MS);
  await kept.openDue(T + HOUR_MS);
  assert.deepEqual(opened(), [0, 15, 30, 45, 60]);
  assert.equal(store.rows.size, 10);
});

test('pending slots before the bound become missing, filled ones and later ones stay', async () => {
  const { make, store, fill } = setUp();
  const kept = make();
  await kept.start(T);
  await kept.openDue(T + HOUR_MS);
  await fill('a', T);
  assert.equal(await kept.sweep(T + 30 * MINUTE_MS, T + HOUR_MS, 'not-running'), 3);
  const states = [...store.rows.values()].map(({ placeId, slotAt, state, reason }) => [
    placeId,
    (slotAt - T) / MINUTE_MS,
    state,
    reason,
  ]);
  assert.deepEqual(states.slice(0, 5), [
    ['a', 0, 'arrived', null],
    ['b', 0, 'missing', 'not-running'],
    ['a', 15, 'missing', 'not-running'],
    ['b', 15, 'missing', 'not-running'],
    ['a', 30, 'pending', null],
  ]);
  assert.equal(await kept.sweep(T + 30 * MINUTE_MS, T + HOUR_MS, 'not-running'), 0);
});

test('slots that are on their way through the journal are left alone until they are there', async () => {
  const { make, store } = setUp();
  const kept = make();
  await kept.start(T);
  await kept.openDue(T);
  const underWay = ({ placeId }: { placeId: string }) => placeId === 'a';
  assert.equal(await kept.sweep(T + HOUR_MS, T + HOUR_MS, 'not-running', underWay), 1);
  assert.equal(await kept.sweep(T + HOUR_MS, T + HOUR_MS, 'not-running', () => false), 1);
  assert.ok([...store.rows.values()].every(({ state }) => state === 'missing'));
});

test('a slot that is filled while it is given up stays filled', async () => {
  const { make, store, fill } = setUp();
  const kept = make();
  await kept.start(T);
  await kept.openDue(T);
  const { put } = store.slots;
  store.slots.put = async (slots) => {
    store.slots.put = put;
    await fill('a', T);
    return put(slots);
  };
  assert.equal(await kept.sweep(T + HOUR_MS, T + HOUR_MS, 'not-running'), 1);
  assert.deepEqual(
    [...store.rows.values()].map(({ state }) => state),
    ['arrived', 'missing'],
  );
});

test('the ledger can be led back to an earlier beginning without a gap', async () => {
  const { make, opened, silentHoles } = setUp();
  const kept = make();
  await kept.start(T);
  await kept.openDue(T);
  await kept.extendBack(T - HOUR_MS);
  await kept.extendBack(T - 30 * MINUTE_MS);
  assert.deepEqual(opened(), [-60, -45, -30, -15, 0]);
  assert.deepEqual(await silentHoles(T + 1), []);
});

test('whatever stops it, kills it and sets its clock, no expected slot is without its row', async () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant('run' as const), minutes: fc.integer({ min: 1, max: 300 }) }),
    fc.record({ kind: fc.constant('stop' as const), minutes: fc.integer({ min: 1, max: 3000 }), saved: fc.boolean() }),
    fc.record({ kind: fc.constant('clock' as const), minutes: fc.integer({ min: -90, max: 90 }) }),
    fc.record({
      kind: fc.constant('plan' as const),
      everyMinutes: fc.constantFrom(15, 20, 60),
      places: fc.constantFrom(['a'], ['a', 'b']),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 12 }), async (acts) => {
      const { make, silentHoles } = setUp();
      let at = T;
      let plan: Partial<KeeperOptions> = {};
      let kept = make();
      await kept.start(at);
      await kept.openDue(at);
      for (const one of acts) {
        if (one.kind === 'plan') plan = { everyMs: one.everyMinutes * MINUTE_MS, placeIds: one.places };
        else at += one.minutes * MINUTE_MS;
        if (one.kind === 'stop' && one.saved) await kept.save();
        if (one.kind === 'stop' || one.kind === 'plan') {
          kept = make(plan);
          await kept.start(at);
        }
        await kept.openDue(at);
        assert.deepEqual(await silentHoles(at + 1), []);
      }
    }),
    { numRuns: 300 },
  );
});

test('holes come oldest first, with the places that have no fresh reading', async () => {
  const { make, store, fill } = setUp();
  const kept = make();
  await kept.start(T);
  await kept.openDue(T + HOUR_MS);
  await fill('a', T);
  await fill('b', T);
  await fill('a', T + EVERY_MS, 'late');
  await fill('b', T + EVERY_MS, 'stale');
  await fill('a', T + 2 * EVERY_MS, 'missing');
  await fill('b', T + 2 * EVERY_MS, 'quarantined');
  const found: string[] = [];
  const search = { from: T, to: T + 4 * EVERY_MS, everyMs: EVERY_MS, placeIds: new Set(['a', 'b']) };
  for await (const hole of holes(store.slots, search))
    found.push(`${(hole.slotAt - T) / MINUTE_MS} ${hole.placeIds.join(' ')}`);
  assert.deepEqual(found, ['15 b', '30 a b', '45 a b']);
});

test('holes of places that are no longer watched do not count', async () => {
  const { make, store } = setUp();
  const kept = make();
  await kept.start(T);
  await kept.openDue(T);
  const found: unknown[] = [];
  const search = { from: T, to: T + 1, everyMs: EVERY_MS, placeIds: new Set(['b']) };
  for await (const hole of holes(store.slots, search)) found.push(hole);
  assert.deepEqual(found, [{ slotAt: T, placeIds: ['b'] }]);
});
