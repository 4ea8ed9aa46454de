import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, HarmattanError } from '../core/errors.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from '../core/time.ts';
import {
  readingOf,
  START_AT,
  slotsBetween,
  type ToldSource,
  toldSource,
  type World,
  world,
} from './poll-world.contract.ts';
import type { FetchResult } from './source.ts';
import type { SourceStanding } from './standing.ts';

const minutes = (count: number) => START_AT + count * MINUTE_MS;
const failing =
  (code: ErrorCode, retryAfterMs: number | null = null) =>
  () => {
    throw new HarmattanError(code, { retryAfterMs });
  };
const polledSlots = (source: ToldSource) =>
  source.calls.filter(({ backfill }) => !backfill).map(({ slots }) => ((slots[0] ?? 0) - START_AT) / MINUTE_MS);
const states = ({ store }: World) => [...store.rows.values()].map(({ state }) => state);
const NOTHING: FetchResult = { readings: [], forecasts: [], failures: [] };

test('every slot is polled once and every place arrives', async () => {
  const source = toldSource('a');
  const made = world({ sources: [source], places: 3 });
  made.start();
  await made.clock.advanceBy(HOUR_MS - 1);
  await made.stop();
  assert.deepEqual(polledSlots(source), [0, 15, 30, 45]);
  assert.equal(made.store.rows.size, 12);
  assert.ok(states(made).every((state) => state === 'arrived'));
});

test('calls lie within the first two minutes of their slot', async () => {
  const source = toldSource('a', { placesPerCall: 1 });
  const { clock, start, stop } = world({ sources: [source], places: 5, startAt: START_AT - 1 });
  start();
  await clock.advanceBy(2 * HOUR_MS);
  await stop();
  const late = source.calls.filter(({ at, slots, backfill }) => !backfill && at - (slots[0] ?? 0) >= 2 * MINUTE_MS);
  assert.deepEqual(late, []);
  assert.ok(new Set(source.calls.map(({ at, slots }) => at - (slots[0] ?? 0))).size > 20);
});

test('places that the first source fails are asked of the next within the slot', async () => {
  const first = toldSource('first');
  const second = toldSource('second');
  first.behave = async ({ slots }, { clock }) => ({
    ...NOTHING,
    readings: [readingOf('first', 'place-00', slots[0] ?? 0, clock.now())],
  });
  const made = world({ sources: [first, second], places: 3 });
  const report = await made.stage.round(START_AT);
  assert.deepEqual(second.calls[0]?.placeIds, ['place-01', 'place-02']);
  assert.equal(report.answered, 3);
  assert.deepEqual(states(made), ['arrived', 'arrived', 'arrived']);
});

test('a source that is down is tried a few times and then replaced, in time', async () => {
  const first = toldSource('first');
  const second = toldSource('second');
  first.behave = failing('HMT_POLL_PROVIDER_FAILED');
  const made = world({ sources: [first, second] });
  made.start();
  await made.clock.advanceTo(minutes(5));
  assert.equal(first.calls.length, 3);
  assert.deepEqual(states(made), ['arrived', 'arrived']);
  await made.stop();
});

test('a stale reading counts, and a fresh one of the next source betters it', async () => {
  const stale = toldSource('stale');
  stale.behave = async ({ slots, placeIds }, { clock }) => ({
    ...NOTHING,
    readings: placeIds.map((id) => readingOf('stale', id, slots[0] ?? 0, clock.now(), true)),
  });
  const alone = world({ sources: [stale] });
  assert.equal((await alone.stage.round(START_AT)).stale, 2);
  assert.deepEqual(states(alone), ['stale', 'stale']);
  assert.equal(stale.calls.length, 1);
  const helped = world({ sources: [stale, toldSource('fresh')] });
  await helped.stage.round(START_AT);
  assert.deepEqual(states(helped), ['arrived', 'arrived']);
});

test('one place without data holds back no other, and its slot is missing with the reason', async () => {
  const source = toldSource('a');
  source.behave = async ({ slots, placeIds }, { clock }) => ({
    ...NOTHING,
    readings: placeIds.slice(1).map((id) => readingOf('a', id, slots[0] ?? 0, clock.now())),
    failures: [{ placeId: 'place-00', error: new HarmattanError('HMT_POLL_NO_DATA') }],
  });
  const made = world({ sources: [source], places: 3 });
  const report = await made.stage.round(START_AT);
  assert.deepEqual(report.missing, [
    { placeId: 'place-00', slotAt: START_AT, reason: 'no-answer', code: 'HMT_POLL_NO_DATA' },
  ]);
  assert.equal(source.calls.length, 1);
  assert.deepEqual(made.statesOf(START_AT), ['place-00 missing', 'place-01 arrived', 'place-02 arrived']);
});

test('a batch that one place spoils is halved, and that place asked for alone afterwards', async () => {
  const source = toldSource('a', { placesPerCall: 8 });
  source.behave = ({ placeIds, backfill }) => {
    if (placeIds.includes('place-05') && !backfill) throw new HarmattanError('HMT_POLL_BAD_REQUEST');
    return undefined;
  };
  const made = world({ sources: [source], places: 8 });
  const report = await made.stage.round(START_AT);
  assert.equal(report.answered, 7);
  assert.equal(source.calls.length, 7);
  await made.clock.advanceTo(minutes(15));
  source.calls.length = 0;
  await made.stage.round(minutes(15));
  assert.deepEqual(
    source.calls.map(({ placeIds }) => placeIds.length),
    [7, 1],
  );
});

test('an undecodable body goes on record with its bytes, and quarantines its slots', async () => {
  const source = toldSource('a');
  source.behave = () => {
    throw Object.assign(new HarmattanError('HMT_POLL_UNDECODABLE', { detail: 'It is not JSON.' }), {
      body: Buffer.from('<html>'),
    });
  };
  const made = world({ sources: [source], places: 1, options: { attempts: 2, lookBackHours: 0 } });
  made.start();
  await made.clock.advanceTo(minutes(14));
  await made.stop();
  const [record] = made.journal.polls();
  assert.equal(record?.undecodable[0]?.detail, 'It is not JSON.');
  assert.equal(Buffer.from(record?.undecodable[0]?.bodyBase64 ?? '', 'base64').toString(), '<html>');
  assert.deepEqual(record?.undecodable[0]?.slotAts, [START_AT]);
  assert.deepEqual(made.statesOf(START_AT), ['place-00 quarantined']);
});

test('a source that hangs is cut off before the next slot begins, and two rounds never overlap', async () => {
  const source = toldSource('a');
  let under = 0;
  let most = 0;
  source.behave = async (_, { clock, signal }) => {
    under++;
    most = Math.max(most, under);
    await clock.sleep(DAY_MS, signal);
    under--;
    return undefined;
  };
  const made = world({ sources: [source], options: { attempts: 1 } });
  made.start();
  await made.clock.advanceTo(minutes(44));
  await made.stop();
  assert.equal(most, 1);
  assert.deepEqual(polledSlots(source), [0, 15, 30]);
  assert.deepEqual(made.statesOf(START_AT), ['place-00 missing', 'place-01 missing']);
});

test('a stop in the middle of a round gives nothing up: the next process asks again', async () => {
  const source = toldSource('a');
  source.behave = async (_, { clock, signal }) => {
    await clock.sleep(10 * MINUTE_MS, signal);
    return undefined;
  };
  const made = world({ sources: [source] });
  made.start();
  await made.clock.advanceTo(minutes(3));
  await made.stop();
  assert.deepEqual(states(made), ['pending', 'pending']);
  assert.deepEqual(made.journal.polls()[0]?.missing, []);
  source.behave = () => undefined;
  await made.restart();
  await made.clock.advanceTo(minutes(4));
  await made.stop();
  assert.deepEqual(states(made), ['arrived', 'arrived']);
});

test('a restart within a slot that is done does not ask again', async () => {
  const source = toldSource('a');
  const made = world({ sources: [source] });
  made.journal.processing = false;
  made.start();
  await made.clock.advanceTo(minutes(5));
  await made.restart({ lookBackHours: 0 });
  await made.clock.advanceTo(minutes(14));
  await made.stop();
  assert.deepEqual(polledSlots(source), [0]);
});

test('a clock that is set back by an hour polls no finished slot again', async () => {
  const source = toldSource('a');
  const made = world({ sources: [source] });
  made.start();
  await made.clock.advanceTo(minutes(70));
  made.clock.set(minutes(10));
  await made.clock.advanceTo(minutes(130));
  await made.stop();
  assert.deepEqual(polledSlots(source), [0, 15, 30, 45, 60, 75, 90, 105, 120]);
});

test('a clock that is set forward by an hour makes no flood: one round, and holes for the hourly look-back', async () => {
  const source = toldSource('a');
  const made = world({ sources: [source] });
  made.start();
  await made.clock.advanceTo(minutes(10));
  made.clock.set(minutes(70));
  await made.clock.advanceTo(minutes(74));
  assert.deepEqual(polledSlots(source), [0, 60]);
  assert.deepEqual(made.statesOf(minutes(30)), ['place-00 backfilled', 'place-01 backfilled']);
  await made.stop();
  assert.ok(states(made).every((state) => state !== 'pending'));
});

test('the days on which clocks change and a leap day have 96 rounds each', async () => {
  for (const day of [Date.UTC(2024, 2, 31), Date.UTC(2024, 9, 27), Date.UTC(2024, 1, 29)]) {
    const source = toldSource('a');
    const made = world({ sources: [source], startAt: day, places: 1 });
    made.start();
    await made.clock.advanceTo(day + DAY_MS - 1);
    await made.stop();
    assert.deepEqual(
      source.calls.map(({ slots }) => slots[0]),
      slotsBetween(day, day + DAY_MS),
    );
  }
});

test('readings of a process that starts late in a slot are asked for afterwards, not late', async () => {
  const made = world({ sources: [toldSource('a')], startAt: minutes(7) });
  made.start();
  await made.clock.advanceTo(minutes(8));
  await made.stop();
  assert.deepEqual(made.statesOf(START_AT), ['place-00 backfilled', 'place-01 backfilled']);
});

test('a journal that is full is waited for within the slot, and nothing is asked twice for it', async () => {
  const source = toldSource('a');
  const made = world({ sources: [source] });
  made.journal.failure = new HarmattanError('HMT_JOURNAL_FULL');
  made.start();
  await made.clock.advanceTo(minutes(4));
  assert.deepEqual(states(made), ['pending', 'pending']);
  made.journal.failure = null;
  await made.clock.advanceTo(minutes(6));
  await made.stop();
  assert.equal(source.calls.length, 1);
  assert.deepEqual(states(made), ['arrived', 'arrived']);
});

test('a journal that stays full loses nothing silently: the slots are told missing, then backfilled', async () => {
  const source = toldSource('a');
  const made = world({ sources: [source] });
  made.journal.failure = new HarmattanError('HMT_JOURNAL_FULL');
  made.start();
  await made.clock.advanceTo(minutes(40));
  made.journal.failure = null;
  await made.clock.advanceTo(minutes(46));
  assert.deepEqual(
    made.journal
      .polls()
      .flatMap(({ missing }) => missing.map(({ slotAt, code }) => [(slotAt - START_AT) / MINUTE_MS, code])),
    [0, 0, 15, 15].map((slot) => [slot, 'HMT_JOURNAL_FULL']),
  );
  await made.clock.advanceTo(minutes(130));
  await made.stop();
  assert.deepEqual(made.statesOf(START_AT), ['place-00 backfilled', 'place-01 backfilled']);
});

test('a provider forecast is kept once per model run', async () => {
  const source = toldSource('a');
  source.behave = async ({ slots, placeIds }, { clock }) => ({
    readings: placeIds.map((id) => readingOf('a', id, slots[0] ?? 0, clock.now())),
    forecasts: placeIds.map((placeId) => ({
      placeId,
      source: 'a',
      model: 'm',
      issuedAt: Math.floor(clock.now() / (6 * HOUR_MS)) * 6 * HOUR_MS,
      receivedAt: clock.now(),
      validAt: [clock.now()],
      values: { temperatureC: [20] },
    })),
    failures: [],
  });
  const made = world({ sources: [source], places: 1 });
  made.start();
  await made.clock.advanceTo(START_AT + 12 * HOUR_MS - 1);
  await made.stop();
  assert.equal(made.journal.messages.forecasts.length, 2);
});

test('how polling goes is on record for the status page', async () => {
  const source = toldSource('a', { quota: [{ name: 'day', limit: 1000 }] });
  const made = world({ sources: [source] });
  await made.stage.round(START_AT);
  const before = await made.store.facts.get<SourceStanding>('poll/a');
  assert.equal(before?.lastSuccessAt, START_AT);
  assert.equal(before?.lastErrorCode, null);
  assert.equal(before?.nextAttemptAt, minutes(15));
  const resetsAt = START_AT + 12 * HOUR_MS;
  assert.deepEqual(before?.quota, [{ window: 'day', limit: 1000, used: 2, ahead: 47 * 2, resetsAt }]);
  source.behave = failing('HMT_POLL_KEY_REFUSED');
  await made.clock.advanceTo(minutes(15));
  const report = await made.stage.round(minutes(15));
  assert.equal(report.missing[0]?.code, 'HMT_POLL_KEY_REFUSED');
  const after = await made.store.facts.get<SourceStanding>('poll/a');
  assert.equal(after?.lastErrorCode, 'HMT_POLL_KEY_REFUSED');
  assert.equal(after?.breaker.state, 'open');
  assert.equal(after?.nextAttemptAt, minutes(30));
});

test('a refused key is called ever more rarely, and its slots name it', async () => {
  const source = toldSource('a', { lookBackMs: 0 });
  source.behave = failing('HMT_POLL_KEY_REFUSED');
  const made = world({ sources: [source], places: 1 });
  made.start();
  await made.clock.advanceTo(minutes(24 * 60 - 1));
  await made.stop();
  assert.ok(source.calls.length <= 8, `${source.calls.length} calls`);
  assert.deepEqual(
    [...made.store.rows.values()].map(({ state, reason, detail }) => [state, reason, detail]),
    new Array(96).fill(['missing', 'no-answer', 'HMT_POLL_KEY_REFUSED']),
  );
});

test('places that a pause left out are asked later in the slot, out of the plan and not out of the spare', async () => {
  const source = toldSource('a', { placesPerCall: 1, quota: [{ name: 'day', limit: 96 * 4 + 1 }] });
  const made = world({
    sources: [source],
    places: 4,
    startAt: Date.UTC(2024, 1, 29),
    options: { quotaReserveShare: 0, concurrentCalls: 1 },
  });
  source.behave = ({ placeIds }) => {
    if (placeIds[0] === 'place-00' && source.calls.length === 1)
      throw new HarmattanError('HMT_POLL_RATE_LIMITED', { retryAfterMs: 3 * MINUTE_MS });
    return undefined;
  };
  made.start();
  await made.clock.advanceBy(14 * MINUTE_MS);
  await made.stop();
  assert.equal(source.calls.length, 5);
  assert.ok(states(made).every((state) => state === 'arrived' || state === 'late'));
});

test('a rate limit is waited out exactly, across a restart too', async () => {
  const source = toldSource('a', { lookBackMs: 0 });
  source.behave = failing('HMT_POLL_RATE_LIMITED', 40 * MINUTE_MS);
  const made = world({ sources: [source], places: 1, options: { spreadSeconds: 0 } });
  made.start();
  await made.clock.advanceTo(minutes(20));
  await made.restart();
  source.behave = () => undefined;
  await made.clock.advanceTo(minutes(44));
  await made.stop();
  assert.equal(source.calls.length, 2);
  assert.equal(source.calls[1]?.at, minutes(40));
});

test('without a source of ours the expected slots are opened, and given up when nobody sends', async () => {
  const made = world({ sources: [], expectEveryMinutes: 15, places: 2 });
  made.start();
  await made.clock.advanceTo(minutes(34));
  assert.deepEqual(made.statesOf(START_AT), ['place-00 missing', 'place-01 missing']);
  assert.deepEqual(made.statesOf(minutes(30)), ['place-00 pending', 'place-01 pending']);
  assert.ok(
    [...made.store.rows.values()].every(({ state, reason }) => state === 'pending' || reason === 'nobody-sent'),
  );
  await made.stop();
});

test('without a source and without an expectation nothing is expected', async () => {
  const made = world({ sources: [] });
  assert.equal(made.stage.everyMs, null);
  made.start();
  await made.clock.advanceTo(minutes(100));
  await made.stop();
  assert.equal(made.store.rows.size, 0);
});

test('an error inside never ends the loop', async () => {
  const made = world({ sources: [toldSource('a')] });
  const { open } = made.store.slots;
  made.store.slots.open = () => Promise.reject(new HarmattanError('HMT_STORE_FULL'));
  made.start();
  await made.clock.advanceTo(minutes(20));
  made.store.slots.open = open;
  await made.clock.advanceTo(minutes(35));
  await made.stop();
  assert.deepEqual(made.statesOf(minutes(30)), ['place-00 arrived', 'place-01 arrived']);
  assert.deepEqual(made.statesOf(START_AT), ['place-00 backfilled', 'place-01 backfilled']);
});

test('one round by hand asks for every place at once, whatever was done before', async () => {
  const source = toldSource('a');
  const made = world({ sources: [source] });
  await made.stage.pollOnce();
  const again = await made.stage.pollOnce();
  assert.equal(again.answered, 2);
  assert.equal(source.calls.length, 2);
  assert.equal(source.calls[1]?.at, START_AT);
});

const times = (list: readonly Instant[]) => list.map((at) => (at - START_AT) / MINUTE_MS);

test('holes of a downtime are filled after the present slot, oldest first', async () => {
  const source = toldSource('a', { backfillSpanMs: HOUR_MS });
  const made = world({ sources: [source], places: 1 });
  made.start();
  await made.clock.advanceTo(minutes(5));
  await made.stop();
  await made.clock.advanceTo(minutes(182));
  source.calls.length = 0;
  await made.restart();
  await made.clock.advanceBy(MINUTE_MS);
  await made.stop();
  assert.deepEqual(
    source.calls.map(({ slots }) => times(slots)),
    [[180], [15, 30, 45, 60], [75, 90, 105, 120], [135, 150, 165]],
  );
  assert.deepEqual(
    source.calls.map(({ backfill }) => backfill),
    [false, true, true, true],
  );
  assert.ok(states(made).every((state) => state === 'arrived' || state === 'backfilled'));
});

test('holes beyond the look-back are given up as not running, those within are filled', async () => {
  const source = toldSource('a');
  const made = world({ sources: [source], places: 1, options: { lookBackHours: 2 } });
  made.start();
  await made.clock.advanceTo(minutes(5));
  await made.stop();
  await made.clock.advanceTo(minutes(600));
  await made.restart();
  await made.clock.advanceBy(3 * MINUTE_MS);
  await made.stop();
  for (const slot of made.store.rows.values()) {
    const age = (minutes(600) - slot.slotAt) / MINUTE_MS;
    const expected = age === 600 || age === 0 ? 'arrived' : age < 120 ? 'backfilled' : 'missing';
    assert.equal(slot.state, expected, `${age} minutes ago`);
    if (expected === 'missing') assert.equal(slot.reason, 'not-running');
  }
});

test('holes that no source can fill are given up at once', async () => {
  const source = toldSource('a', { lookBackMs: 0 });
  const made = world({ sources: [source], places: 1 });
  made.start();
  await made.clock.advanceTo(minutes(5));
  await made.stop();
  await made.clock.advanceTo(minutes(121));
  await made.restart();
  await made.clock.advanceBy(3 * MINUTE_MS);
  await made.stop();
  assert.deepEqual(made.statesOf(minutes(60)), ['place-00 missing']);
});

test('holes are filled from spare quota only: the rounds of the day keep theirs', async () => {
  const source = toldSource('a', { quota: [{ name: 'day', limit: 110 }], backfillSpanMs: 15 * MINUTE_MS });
  const day = Date.UTC(2024, 1, 29);
  const made = world({ sources: [source], places: 1, startAt: day - 12 * HOUR_MS });
  made.start();
  await made.clock.advanceTo(day - 11 * HOUR_MS);
  await made.stop();
  await made.clock.advanceTo(day);
  source.calls.length = 0;
  await made.restart();
  await made.clock.advanceTo(day + DAY_MS - 1);
  await made.stop();
  assert.equal(source.calls.filter(({ backfill }) => !backfill).length, 96);
  // 14 are to spare; what second tries may still need at the end of the day stays free.
  assert.equal(source.calls.filter(({ backfill }) => backfill).length, 13);
});

test('a dry run says what a backfill would do, and does nothing', async () => {
  const source = toldSource('a', { backfillSpanMs: HOUR_MS });
  const made = world({ sources: [source], places: 2 });
  await made.stage.pollOnce();
  const calls = source.calls.length;
  const dry = await made.stage.backfill({ from: START_AT - 2 * HOUR_MS, to: START_AT, dryRun: true });
  assert.equal(source.calls.length, calls);
  assert.deepEqual([dry.holes, dry.filled, dry.calls, dry.cost], [16, 16, 2, 4]);
  const wet = await made.stage.backfill({ from: START_AT - 2 * HOUR_MS, to: START_AT });
  assert.deepEqual([wet.holes, wet.filled, wet.left, wet.calls, wet.cost], [16, 16, 0, 2, 4]);
  assert.equal(made.store.rows.size, 18);
  const nothing = await made.stage.backfill({ from: START_AT - 2 * HOUR_MS, to: START_AT });
  assert.equal(nothing.holes, 0);
});

test('a backfill takes only what was missing from an answer that brings more', async () => {
  const source = toldSource('a');
  const made = world({ sources: [source], places: 2 });
  await made.stage.pollOnce();
  source.behave = async ({ slots, placeIds }, { clock }) => ({
    ...NOTHING,
    readings: [...slots, START_AT].flatMap((slotAt) => placeIds.map((id) => readingOf('a', id, slotAt, clock.now()))),
  });
  await made.stage.backfill({ from: START_AT - 15 * MINUTE_MS, to: START_AT });
  assert.deepEqual(times(made.journal.readings().map(({ hmt_slotAt }) => Number(hmt_slotAt))), [0, 0, -15, -15]);
});

test('readings that the process stage has not read yet are not asked for again', async () => {
  const source = toldSource('a');
  const made = world({ sources: [source], places: 1 });
  made.journal.processing = false;
  made.start();
  await made.clock.advanceTo(START_AT + 5 * HOUR_MS - 1);
  await made.stop();
  assert.equal(source.calls.length, 20);
  assert.ok(source.calls.every(({ backfill }) => !backfill));
});

test('a plan that does not fit is refused under strict before any call', () => {
  const source = toldSource('a', { quota: [{ name: 'day', limit: 10 }] });
  assert.throws(
    () => world({ sources: [source], options: { onQuota: 'strict' } }),
    (error) => error instanceof HarmattanError && error.code === 'HMT_POLL_QUOTA_PLAN',
  );
  assert.equal(source.calls.length, 0);
});

test('calls are counted by outcome', async () => {
  const source = toldSource('a');
  const made = world({ sources: [source] });
  await made.stage.round(START_AT);
  source.behave = failing('HMT_POLL_NO_DATA');
  await made.clock.advanceTo(minutes(15) + SECOND_MS);
  await made.stage.round(minutes(15));
  assert.equal(made.counts.get('harmattan_poll_calls_total{a,ok}'), 1);
  assert.equal(made.counts.get('harmattan_poll_calls_total{a,HMT_POLL_NO_DATA}'), 1);
  assert.equal(made.counts.get('harmattan_poll_missing_slots_total{no-answer}'), 2);
});

test('a source that measures at times of its own is asked beside the others and fills no slot', async () => {
  const filler = toldSource('filler');
  const witness = toldSource('witness', { kind: 'observation', ownTimes: true, publishedEveryMs: HOUR_MS });
  witness.behave = async ({ slots }, { clock }) => ({
    ...NOTHING,
    readings: [readingOf('witness', 'place-00', (slots[0] ?? 0) - 7 * MINUTE_MS, clock.now())],
  });
  const made = world({ sources: [witness, filler] });
  assert.equal(made.stage.everyMs, 15 * MINUTE_MS);
  await made.stage.round(START_AT);
  assert.equal(witness.calls.length, 1);
  assert.deepEqual(filler.calls[0]?.placeIds, ['place-00', 'place-01']);
  const ofWitness = made.journal.readings().filter((record) => record.hmt_source === 'witness');
  assert.equal(ofWitness.length, 1);
  assert.equal(ofWitness[0]?.hmt_slotAt, undefined);
  assert.deepEqual(states(made), ['arrived', 'arrived']);
  assert.deepEqual(
    made.journal.polls().map(({ source, readings }) => [source, readings]),
    [
      ['filler', 2],
      ['witness', 1],
    ],
  );
});

test('a witness that fails or hangs leaves the round as it is', async () => {
  const filler = toldSource('filler');
  const witness = toldSource('witness', { kind: 'observation', ownTimes: true });
  witness.behave = failing('HMT_POLL_PROVIDER_FAILED');
  const made = world({ sources: [filler, witness] });
  made.start();
  await made.clock.advanceTo(minutes(5));
  assert.deepEqual(states(made), ['arrived', 'arrived']);
  assert.equal(witness.calls.length, 3);
  await made.stop();
});

test('alone, a source that measures at times of its own fills the slots', async () => {
  const witness = toldSource('witness', { kind: 'observation', ownTimes: true, publishedEveryMs: 30 * MINUTE_MS });
  const made = world({ sources: [witness] });
  assert.equal(made.stage.everyMs, 30 * MINUTE_MS);
  await made.stage.round(START_AT);
  assert.deepEqual(states(made), ['arrived', 'arrived']);
});
