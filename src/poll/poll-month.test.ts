import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ErrorCode, HarmattanError } from '../core/errors.ts';
import { seededRandom } from '../core/random.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import { expectedSlots, readEras } from '../ledger/era.ts';
import { SLOT_STATES } from '../ledger/ledger.ts';
import { readingOf, START_AT, toldSource, world } from './poll-world.contract.ts';
import { WINDOW_MS, windowStartAt } from './quota-window.ts';
import type { QuotaWindow } from './source.ts';

/** A provider that counts for itself, by its own clock, when a call comes in. */
function countingProvider(id: string, quota: readonly QuotaWindow[], placesPerCall: number, seed: number) {
  const random = seededRandom(seed, id);
  const used = new Map<string, number>();
  const overspent: string[] = [];
  const source = toldSource(id, { quota, placesPerCall, backfillSpanMs: 6 * HOUR_MS });
  let faultShare = 0;
  const codes: readonly ErrorCode[] = [
    'HMT_POLL_TIMEOUT',
    'HMT_POLL_PROVIDER_FAILED',
    'HMT_POLL_UNREACHABLE',
    'HMT_POLL_UNDECODABLE',
    'HMT_POLL_BAD_REQUEST',
    'HMT_POLL_NO_DATA',
    'HMT_POLL_RATE_LIMITED',
    'HMT_POLL_KEY_INACTIVE',
  ];
  source.behave = async ({ at, placeIds, slots }, { clock, signal }) => {
    for (const { name, limit } of quota) {
      const key = `${name} ${windowStartAt(name, at)}`;
      used.set(key, (used.get(key) ?? 0) + placeIds.length);
      if ((used.get(key) ?? 0) > limit) overspent.push(`${id} ${key}: ${used.get(key)} of ${limit}`);
    }
    await clock.sleep(Math.floor(random() * 3000), signal);
    if (random() < faultShare) {
      const code = codes[Math.floor(random() * codes.length)] ?? 'HMT_POLL_TIMEOUT';
      if (random() < 0.1) await clock.sleep(DAY_MS, signal);
      // A late 429: the provider's window turns before the client's patience ends, or it names no time at all.
      const retryAfterMs = code === 'HMT_POLL_RATE_LIMITED' && random() < 0.5 ? Math.floor(random() * HOUR_MS) : null;
      throw new HarmattanError(code, { retryAfterMs });
    }
    const places = placeIds.filter(() => random() >= faultShare / 4);
    return {
      readings: slots.flatMap((slotAt) =>
        places.map((placeId) => readingOf(id, placeId, slotAt, clock.now(), random() < faultShare / 10)),
      ),
      forecasts: [],
      failures: [],
    };
  };
  const setFaults = (share: number) => {
    faultShare = share;
  };
  return { source, overspent, setFaults };
}

const windows = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('minute' as const, 'hour' as const, 'day' as const, 'month' as const),
    room: fc.double({ min: 1.02, max: 4, noNaN: true }),
  }),
  { selector: ({ name }) => name, maxLength: 3 },
);

const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('run' as const), minutes: fc.integer({ min: 1, max: 500 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('faults' as const), share: fc.constantFrom(0, 0.3, 0.9, 1) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('outage' as const), minutes: fc.integer({ min: 1, max: 1500 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('disk' as const), full: fc.boolean() }) },
);

test('the quota is never overspent, over random plans, faults, restarts and outages', async () => {
  await fc.assert(
    fc.asyncProperty(
      windows,
      fc.array(act, { maxLength: 10 }),
      fc.constantFrom(1, 2, 100),
      fc.integer(),
      async (quota, acts, placesPerCall, seed) => {
        const places = 5;
        const limits = quota.map(({ name, room }) => {
          const rounds = Math.max(1, WINDOW_MS[name] / (15 * MINUTE_MS));
          return { name, limit: Math.ceil((rounds * places * room) / 0.95) };
        });
        const a = countingProvider('a', limits, placesPerCall, seed);
        const b = countingProvider('b', limits, placesPerCall, seed);
        const made = world({ sources: [a.source, b.source], places, seed });
        await live(made, acts, [a, b]);
        assert.deepEqual([...a.overspent, ...b.overspent], []);
      },
    ),
    { numRuns: 25 },
  );
});

type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

async function live(
  made: ReturnType<typeof world>,
  acts: readonly Act[],
  providers: readonly { setFaults(share: number): void }[],
): Promise<void> {
  made.start();
  for (const one of acts) {
    if (one.kind === 'run') await made.clock.advanceBy(one.minutes * MINUTE_MS);
    if (one.kind === 'faults') for (const provider of providers) provider.setFaults(one.share);
    if (one.kind === 'disk') made.journal.failure = one.full ? new HarmattanError('HMT_JOURNAL_FULL') : null;
    if (one.kind === 'restart') await made.restart();
    if (one.kind !== 'outage') continue;
    await made.stop();
    await made.clock.advanceBy(one.minutes * MINUTE_MS);
    await made.restart();
  }
  made.journal.failure = null;
  await made.clock.advanceBy(20 * MINUTE_MS);
  await made.stop();
}

async function silentHoles(made: ReturnType<typeof world>, to: Instant): Promise<number> {
  let silent = 0;
  for (const { slotAt, placeIds } of expectedSlots(await readEras(made.store), 0, to)) {
    const slots = await made.store.slots.get(placeIds.map((placeId) => ({ placeId, slotAt })));
    silent += slots.filter((slot) => slot === null || !SLOT_STATES.includes(slot.state)).length;
  }
  return silent;
}

test('after a month of outages every (place, slot) is in exactly one state, and none is left pending for ever', async () => {
  for (const seed of [1, 2]) {
    const random = seededRandom(seed);
    const provider = countingProvider('a', [{ name: 'day', limit: 700 }], 100, seed);
    const made = world({ sources: [provider.source], places: 4, seed });
    made.start();
    while (made.clock.now() < START_AT + 30 * DAY_MS) {
      provider.setFaults(random() < 0.4 ? random() : 0);
      await made.clock.advanceBy(random() * 12 * HOUR_MS);
      if (random() > 0.4) continue;
      await made.stop();
      await made.clock.advanceBy(random() ** 3 * 4 * DAY_MS);
      await made.restart();
    }
    provider.setFaults(0);
    await made.clock.advanceBy(3 * HOUR_MS);
    await made.stop();
    const endAt = made.clock.now();
    assert.equal(await silentHoles(made, endAt), 0);
    const rows = [...made.store.rows.values()];
    const open = rows.filter(({ state, slotAt }) => state === 'pending' && slotAt < endAt - 48 * HOUR_MS);
    assert.deepEqual(open, []);
    assert.ok(rows.every(({ state, reason }) => state !== 'missing' || reason !== null));
    assert.ok(rows.filter(({ state }) => state === 'backfilled').length > 100);
    assert.deepEqual(provider.overspent, []);
  }
});
