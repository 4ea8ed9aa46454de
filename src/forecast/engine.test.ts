import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HarmattanError } from '../core/errors.ts';
import { seededRandom } from '../core/random.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import { engineForecaster } from './engine.ts';
import type { ForecasterMemory, ForecastResult, TemperatureReading } from './forecaster.ts';
import { shippedPrior } from './shipped-prior.ts';

const forecaster = engineForecaster(shippedPrior());
const SITE = { latitude: 14.7, longitude: -17.5, elevationM: null };
const T0 = Date.UTC(2026, 0, 1);

const start = (readings: readonly TemperatureReading[] = []): ForecasterMemory => {
  const memory = forecaster.start(SITE);
  memory.observe(readings);
  return memory;
};
const course = (at: Instant) => 20 + 6 * Math.sin((2 * Math.PI * at) / DAY_MS);
const reading = (validAt: Instant, temperatureC = course(validAt)): TemperatureReading => ({ validAt, temperatureC });
const every = (stepMs: number, count: number, from = T0, of = course) =>
  Array.from({ length: count }, (_, index) => reading(from + index * stepMs, of(from + index * stepMs)));
const leads = (issuedAt: Instant, count = 48) =>
  Array.from({ length: count }, (_, index) => issuedAt + (index + 1) * HOUR_MS);
const bytesOf = (memory: ForecasterMemory) => Buffer.from(memory.serialise()).toString('base64');
const near = (actual: number | undefined, expected: number, within: number) =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= within, `${actual} is not ${expected} ± ${within}`);

/** Weather with a course of the day, slow swings and noise, some of it missing, at odd times. */
const seriesOf = (seed: number, count: number, missing = 0.2): readonly TemperatureReading[] => {
  const random = seededRandom(seed);
  const stepMs = [15 * MINUTE_MS, 11 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS][Math.floor(random() * 4)] ?? HOUR_MS;
  let swing = 0;
  return Array.from({ length: count }, (_, index) => {
    swing = 0.98 * swing + random() - 0.5;
    const at = T0 + index * stepMs + Math.floor(random() * 4) * MINUTE_MS;
    return reading(at, Math.round(100 * (course(at) + swing)) / 100);
  }).filter((_, index) => index === 0 || random() >= missing);
};
const anySeries = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 700 }));

function assertSound({ meanC, quantilesC }: ForecastResult): void {
  for (const mean of meanC) assert.ok(Number.isFinite(mean));
  for (const levels of quantilesC) {
    assert.equal(levels.length, 19);
    for (const [index, quantile] of levels.entries())
      assert.ok(Number.isFinite(quantile) && quantile >= (levels[index - 1] ?? Number.NEGATIVE_INFINITY));
  }
}

test('with one reading it starts from it and follows the sun, with bands that widen', () => {
  const noonThere = T0 + 13 * HOUR_MS;
  const { tier, calibration, meanC, quantilesC, originAt, model } = start([reading(noonThere, 31)]).forecast(
    noonThere,
    leads(noonThere),
  );
  assert.deepEqual([model, tier, calibration, originAt], ['pooled-1', 'reading', 'prior', noonThere]);
  near(meanC[0], 31, 1.5);
  assert.ok((meanC[15] ?? 99) < 28, `the night is cooler: ${meanC[15]}`);
  const widthOf = (lead: number) => (quantilesC[lead - 1]?.[17] ?? 0) - (quantilesC[lead - 1]?.[1] ?? 0);
  assert.ok(widthOf(1) < widthOf(3) && widthOf(3) < widthOf(12));
});

test('tiers follow the history that is there, and a missing feature lowers the tier', () => {
  const tierAfter = (hours: number, keep: (index: number) => boolean = () => true) => {
    const readings = every(HOUR_MS, hours + 1).filter((_, index) => index === hours || keep(index));
    return start(readings).forecast(T0 + hours * HOUR_MS, [T0 + (hours + 1) * HOUR_MS]).tier;
  };
  assert.deepEqual(
    [0, 4, 5, 23, 24, 144, 145, 648, 649, 9_000].map((hours) => tierAfter(hours)),
    ['reading', 'reading', '6h', '6h', '24h', '24h', '7d', '7d', '30d', 'year'],
  );
  assert.equal(
    tierAfter(800, (index) => index % 3 === 0),
    '30d',
    'every third hour: the hours between are drawn',
  );
  assert.equal(
    tierAfter(800, (index) => index < 780 || index > 784),
    '6h',
  );
  assert.equal(
    tierAfter(2000, (index) => index < 700),
    'reading',
  );
});

test('the same readings an odd number of minutes later give nearly the same forecast', () => {
  const readings = every(HOUR_MS, 24 * 40);
  const moved = every(HOUR_MS, 24 * 40, T0 + 23 * MINUTE_MS);
  const at = T0 + 24 * 39 * HOUR_MS + 12 * HOUR_MS;
  const target = [at + 6 * HOUR_MS, at + 18 * HOUR_MS, at + 30 * HOUR_MS];
  const known = (all: readonly TemperatureReading[]) => all.filter(({ validAt }) => validAt <= at);
  const [one, other] = [readings, moved].map((all) => start(known(all)).forecast(at, target).meanC);
  for (const [index, mean] of (one ?? []).entries()) near(other?.[index], mean, 0.6);
});

test('a pure course of the day is forecast closely, at any spacing and minute', () => {
  for (const [stepMs, offsetMs] of [
    [HOUR_MS, 0],
    [HOUR_MS, 51 * MINUTE_MS],
    [HOUR_MS, 29 * MINUTE_MS],
    [15 * MINUTE_MS, 0],
    [11 * MINUTE_MS, 3 * MINUTE_MS],
    [20 * MINUTE_MS, 5 * MINUTE_MS],
  ] as const) {
    const readings = every(stepMs, Math.ceil((12 * DAY_MS) / stepMs), T0 + offsetMs);
    const issuedAt = readings.at(-1)?.validAt ?? 0;
    const { meanC } = start(readings).forecast(issuedAt, leads(issuedAt));
    for (const [index, at] of leads(issuedAt).entries()) near(meanC[index], course(at), 0.8);
  }
});

test('nothing is forecast without a reading at the issue time', () => {
  const isInput = (error: unknown) => error instanceof HarmattanError && error.code === 'HMT_FORECAST_INPUT';
  assert.throws(() => start().forecast(T0, [T0 + HOUR_MS]), isInput);
  assert.throws(() => start([reading(T0)]).forecast(T0 - 1, [T0 + HOUR_MS]), isInput);
});

test('an issue time before the newest reading uses only what was known then', () => {
  const readings = every(HOUR_MS, 500);
  const issuedAt = T0 + 300 * HOUR_MS;
  const later = readings.map((one) => (one.validAt > issuedAt ? reading(one.validAt, one.temperatureC + 8) : one));
  const [one, other] = [start(readings), start(later)].map((memory) => memory.forecast(issuedAt, leads(issuedAt)));
  assert.deepEqual(one, other);
  assert.equal(one?.originAt, issuedAt);
  assert.equal(one?.calibration, 'prior');
});

test('quantiles are always finite and ascending, at every tier and lead', () => {
  fc.assert(
    fc.property(anySeries, fc.integer({ min: 0, max: 90 }), ([seed, count], minutesLater) => {
      const readings = seriesOf(seed, count);
      const issuedAt = (readings.at(-1)?.validAt ?? 0) + minutesLater * MINUTE_MS;
      assertSound(start(readings).forecast(issuedAt, leads(issuedAt, 96)));
    }),
    { numRuns: 60 },
  );
});

test('wild, stuck and impossible values leave every quantile finite and ascending', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.integer({ min: 0, max: 900 }),
          fc.oneof(fc.double({ min: -95, max: 65, noNaN: true }), fc.constantFrom(-95, 65, 0)),
        ),
        {
          minLength: 1,
          maxLength: 400,
        },
      ),
      (rows) => {
        const memory = start(rows.map(([hour, value]) => reading(T0 + hour * HOUR_MS, value)));
        assertSound(memory.forecast(memory.newestAt ?? 0, leads(memory.newestAt ?? 0)));
      },
    ),
    { numRuns: 60 },
  );
  const stuck = start(every(HOUR_MS, 1_000, T0, () => 0));
  assertSound(stuck.forecast(T0 + 999 * HOUR_MS, leads(T0 + 999 * HOUR_MS)));
  const memory = start([
    reading(T0, 20),
    reading(T0 + HOUR_MS, Number.NaN),
    reading(T0 + HOUR_MS, Number.POSITIVE_INFINITY),
  ]);
  assert.equal(memory.newestAt, T0);
});

test('a reading that was seen changes nothing, in any number and order', () => {
  fc.assert(
    fc.property(anySeries, fc.integer(), ([seed, count], shuffle) => {
      const readings = seriesOf(seed, count);
      const memory = start(readings);
      const before = bytesOf(memory);
      const random = seededRandom(shuffle);
      const some = readings.filter(() => random() < 0.5).sort(() => random() - 0.5);
      for (const one of some) memory.observe([one]);
      memory.observe(some);
      memory.observe(readings);
      assert.equal(bytesOf(memory), before);
    }),
    { numRuns: 40 },
  );
});

test('readings may come one by one or all at once, sorted or not', () => {
  fc.assert(
    fc.property(anySeries, ([seed, count]) => {
      const readings = seriesOf(seed, count);
      const singly = start();
      for (const one of readings) singly.observe([one]);
      const random = seededRandom(seed);
      assert.equal(bytesOf(start([...readings].sort(() => random() - 0.5))), bytesOf(singly));
    }),
    { numRuns: 40 },
  );
});

test('a restart at any moment goes on bit for bit', () => {
  fc.assert(
    fc.property(anySeries, fc.double({ min: 0, max: 1, noNaN: true }), ([seed, count], share) => {
      const readings = seriesOf(seed, count);
      const cut = Math.floor(share * readings.length);
      const whole = start(readings);
      const restarted = forecaster.restore(SITE, start(readings.slice(0, cut)).serialise());
      restarted.observe(readings.slice(cut));
      assert.equal(bytesOf(restarted), bytesOf(whole));
      const issuedAt = whole.newestAt ?? 0;
      assert.deepEqual(restarted.forecast(issuedAt, leads(issuedAt)), whole.forecast(issuedAt, leads(issuedAt)));
    }),
    { numRuns: 40 },
  );
});

test('forecasting changes nothing in the memory', () => {
  const memory = start(seriesOf(3, 400));
  const before = bytesOf(memory);
  memory.forecast(memory.newestAt ?? 0, leads(memory.newestAt ?? 0));
  assert.equal(bytesOf(memory), before);
});

test('a corrected reading replaces the old one, also the newest and one of yesterday', () => {
  const readings = every(HOUR_MS, 100);
  for (const hour of [99, 98, 80]) {
    const wrongFirst = start(
      readings.map((one, index) => (index === hour ? reading(one.validAt, one.temperatureC + 4) : one)),
    );
    const issuedAt = T0 + 99 * HOUR_MS;
    const right = start(readings).forecast(issuedAt, leads(issuedAt)).meanC;
    const wrong = wrongFirst.forecast(issuedAt, leads(issuedAt)).meanC;
    wrongFirst.observe([readings[hour] ?? reading(T0)]);
    const mended = wrongFirst.forecast(issuedAt, leads(issuedAt)).meanC;
    const farthest = (means: readonly number[]) =>
      Math.max(...means.map((mean, lead) => Math.abs(mean - (right[lead] ?? 0))));
    assert.ok(farthest(mended) < 0.6 * farthest(wrong), `${hour}: ${farthest(mended)} of ${farthest(wrong)}`);
  }
});

test('of several readings within an hour the one nearest to the full hour speaks for it, whatever came first', () => {
  const history = every(HOUR_MS, 48);
  const noon = T0 + 36 * HOUR_MS;
  const extra = [reading(noon - 20 * MINUTE_MS, 26), reading(noon + 10 * MINUTE_MS, 27)];
  const [first, last] = [start([...extra, ...history]), start(history)];
  last.observe([...extra].reverse());
  const at = T0 + 47 * HOUR_MS;
  const plain = start(history).forecast(at, leads(at)).meanC;
  for (const memory of [first, last])
    for (const [lead, mean] of memory.forecast(at, leads(at)).meanC.entries()) near(plain[lead], mean, 0.3);
});

test('a late reading fills the history it belongs to', () => {
  const readings = every(HOUR_MS, 60);
  const memory = start(readings.filter((_, index) => index < 40 || index > 44));
  assert.equal(memory.forecast(T0 + 59 * HOUR_MS, leads(T0 + 59 * HOUR_MS)).tier, '6h');
  memory.observe(readings.slice(40, 45));
  const at = T0 + 59 * HOUR_MS;
  assert.equal(start(readings).forecast(at, leads(at)).tier, '24h');
  assert.equal(memory.forecast(at, leads(at)).tier, '24h');
});

test('the bands become the place’s own after a week of verified errors, and fit them', () => {
  const random = seededRandom(5);
  const noisy = every(HOUR_MS, 24 * 60, T0, (at) => course(at) + (random() - 0.5) * 0.4);
  const calibrationAfter = (days: number) => {
    const memory = start(noisy.slice(0, days * 24 + 1));
    const at = memory.newestAt ?? 0;
    return memory.forecast(at, leads(at));
  };
  assert.equal(calibrationAfter(8).calibration, 'prior');
  assert.equal(calibrationAfter(11).calibration, 'local');
  // Noise uniform over 0.4 °C: the 90 % band is far narrower than the pooled one, and no narrower than the noise.
  const { quantilesC } = calibrationAfter(59);
  for (const lead of [5, 11, 23, 47]) {
    const widthC = (quantilesC[lead]?.[18] ?? 0) - (quantilesC[lead]?.[0] ?? 0);
    assert.ok(widthC > 0.25 && widthC < 1.2, `${widthC} at +${lead + 1}`);
  }
});

test('a surprise widens the bands of every lead that it verifies', () => {
  const calm = every(HOUR_MS, 24 * 20);
  const at = T0 + 24 * 20 * HOUR_MS;
  const widthsAfter = (surpriseC: number) => {
    const memory = start([...calm, reading(at, course(at) + surpriseC)]);
    return memory.forecast(at, leads(at)).quantilesC.map((levels) => (levels[18] ?? 0) - (levels[0] ?? 0));
  };
  const [before, after] = [widthsAfter(0), widthsAfter(9)];
  for (const lead of [1, 6, 24, 48]) assert.ok((after[lead - 1] ?? 0) > (before[lead - 1] ?? 0), `+${lead}`);
});

test('a state stays within its bound and never grows', () => {
  const few = start(every(HOUR_MS, 1)).serialise().byteLength;
  const many = start(every(11 * MINUTE_MS, 20_000)).serialise().byteLength;
  assert.equal(many, few);
  assert.ok(many <= 64 * 1024);
});

test('bytes that are no state of this model are refused', () => {
  const bytes = start([reading(T0)]).serialise();
  assert.throws(() => forecaster.restore(SITE, bytes.subarray(1)), RangeError);
  const other = bytes.slice();
  other[0] = (other[0] ?? 0) ^ 1;
  other[7] = (other[7] ?? 0) ^ 1;
  assert.throws(() => forecaster.restore(SITE, other), RangeError);
  assert.throws(() => forecaster.restore(SITE, new Uint8Array()), RangeError);
});

test('restored memories do not share bytes with what they came from', () => {
  const bytes = start(every(HOUR_MS, 30)).serialise();
  const copy = bytes.slice();
  forecaster.restore(SITE, bytes).observe([reading(T0 + 30 * HOUR_MS, 5)]);
  assert.deepEqual(bytes, copy);
});
