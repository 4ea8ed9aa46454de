import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../core/random.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../core/time.ts';
import { engineForecaster } from './engine.ts';
import type { ForecasterMemory, TemperatureReading } from './forecaster.ts';
import { clockShift } from './models/clock-watch.ts';
import { decodeState } from './models/engine-state.ts';
import { shippedPrior } from './shipped-prior.ts';

const forecaster = engineForecaster(shippedPrior());
const SITE = { latitude: 47, longitude: 8, elevationM: null };
const T0 = Date.UTC(2026, 2, 1);
const HOURS = 40 * 24;

/** Forty days of weather: a day's course with slow swings and noise, in tenths. */
const clean: readonly TemperatureReading[] = (() => {
  const random = seededRandom(11);
  let swing = 0;
  return Array.from({ length: HOURS }, (_, hour) => {
    swing = 0.97 * swing + 0.8 * (random() - 0.5);
    const value = 9 + 5 * Math.sin((2 * Math.PI * (hour - 9)) / 24) + swing;
    return { validAt: T0 + hour * HOUR_MS, temperatureC: Math.round(10 * value) / 10 };
  });
})();

const learnt = (readings: readonly TemperatureReading[]): ForecasterMemory => {
  const memory = forecaster.start(SITE);
  memory.observe(readings);
  return memory;
};
const at = (hour: number): Instant => T0 + hour * HOUR_MS;
const value = (hour: number): number => clean[hour]?.temperatureC ?? Number.NaN;
const withValues = (change: (hour: number, value: number) => number) =>
  clean.map(({ validAt, temperatureC }, hour) => ({ validAt, temperatureC: change(hour, temperatureC) }));
const bytesOf = (memory: ForecasterMemory) => Buffer.from(memory.serialise()).toString('base64');
const leads = (issuedAt: Instant) => Array.from({ length: 48 }, (_, lead) => issuedAt + (lead + 1) * HOUR_MS);

/** Mean error over +1…+48 h of hourly issues in the ten days after day 28, held against the clean weather. */
function maeOf(readings: readonly TemperatureReading[]): number {
  const memory = forecaster.start(SITE);
  let [sum, n, next] = [0, 0, 0];
  for (let hour = 28 * 24; hour < 38 * 24; hour++) {
    const from = next;
    while ((readings[next]?.validAt ?? Number.POSITIVE_INFINITY) <= at(hour)) next++;
    memory.observe(readings.slice(from, next));
    for (const [lead, mean] of memory.forecast(at(hour), leads(at(hour))).meanC.entries()) {
      sum += Math.abs(mean - value(hour + lead + 1));
      n++;
    }
  }
  return sum / n;
}
const cleanMae = maeOf(clean);

test('a spike leaves no trace: the state is that of a series without it', () => {
  const spikes = new Set([300, 555, 700, 701, 931]);
  const spiked = withValues((hour, one) => (spikes.has(hour) ? one + (hour % 2 === 0 ? 25 : -25) : one));
  const without = clean.filter((_, hour) => !spikes.has(hour));
  const [dirty, gap] = [learnt(spiked), learnt(without)];
  const issuedAt = at(HOURS - 1);
  assert.deepEqual(dirty.forecast(issuedAt, leads(issuedAt)), gap.forecast(issuedAt, leads(issuedAt)));
});

test('what was doubted is doubted again, in whatever order it comes again', () => {
  const spiked = withValues((hour, one) => (hour % 97 === 50 ? one + 30 : hour > 800 && hour < 840 ? 7 : one));
  const memory = learnt(spiked);
  const before = bytesOf(memory);
  for (const one of [...spiked].reverse()) memory.observe([one]);
  memory.observe(spiked);
  assert.equal(bytesOf(memory), before);
});

test('a spike as the newest reading is not forecast from; bands widen by the hours since the last good one', () => {
  const last = HOURS - 1;
  const spiked = learnt(withValues((hour, one) => (hour === last ? one + 30 : one)));
  const good = learnt(clean);
  assert.equal(spiked.newestAt, at(last - 1));
  const [one, other] = [spiked, good].map((memory) => memory.forecast(at(last), leads(at(last))));
  const widthOf = (levels: readonly number[] | undefined) => (levels?.[17] ?? 0) - (levels?.[1] ?? 0);
  assert.ok(Math.abs((one?.meanC[0] ?? 99) - value(last)) < 6);
  assert.ok(widthOf(one?.quantilesC[0]) > widthOf(other?.quantilesC[0]));
});

test('a sensor stuck for three days is left after half a day, its day-old origin widens the bands, and it is believed again', () => {
  const stuck = withValues((hour, one) => (hour >= 800 && hour < 872 ? value(800) : one));
  const during = learnt(stuck.slice(0, 860));
  assert.equal(during.newestAt, at(812));
  const { quantilesC } = during.forecast(at(859), leads(at(859)));
  const before = learnt(clean.slice(0, 801)).forecast(at(800), leads(at(800)));
  const widthOf = (levels: readonly number[] | undefined) => (levels?.[17] ?? 0) - (levels?.[1] ?? 0);
  assert.ok(widthOf(quantilesC[0]) > 2 * widthOf(before.quantilesC[0]));
  assert.equal(learnt(stuck.slice(0, 873)).newestAt, at(872));
});

test('ten hours in °F, and values in kelvin for days, are kept out', () => {
  const fahrenheit = withValues((hour, one) => (hour >= 800 && hour < 808 ? one * 1.8 + 32 : one));
  assert.equal(learnt(fahrenheit.slice(0, 808)).newestAt, at(799));
  assert.ok(maeOf(fahrenheit) < 1.03 * cleanMae + 0.02, `${maeOf(fahrenheit)} of ${cleanMae}`);
  const kelvin = withValues((hour, one) => (hour >= 700 && hour < 780 ? one + 273.15 : one));
  assert.equal(learnt(kelvin.slice(0, 779)).newestAt, at(699));
  assert.ok(maeOf(kelvin) < 1.2 * cleanMae, `${maeOf(kelvin)} of ${cleanMae}`);
});

test('a true fall of fifteen degrees is believed within two hours, a level that lasts at the latest after a day', () => {
  const front = withValues((hour, one) => (hour >= 800 ? one - 15 : one));
  assert.equal(learnt(front.slice(0, 801)).newestAt, at(799));
  assert.equal(learnt(front.slice(0, 803)).newestAt, at(802));
  const moved = withValues((hour, one) => (hour >= 800 ? one + 35 : one));
  assert.equal(learnt(moved.slice(0, 823)).newestAt, at(799));
  assert.equal(learnt(moved.slice(0, 826)).newestAt, at(825));
});

test('a clock that is an hour late costs little, because the day is learnt from the readings', () => {
  const shifted = clean.map(({ validAt, temperatureC }) => ({ validAt: validAt + HOUR_MS, temperatureC }));
  assert.ok(maeOf(shifted) < 1.5 * cleanMae, `${maeOf(shifted)} of ${cleanMae}`);
});

const clockOf = (memory: ForecasterMemory) => clockShift(decodeState(memory.serialise()));
/** From hour 600 on stamped so many hours too late, up to hour `to`. */
const withClock = (aheadHours: number, to = HOURS) =>
  clean.map(({ validAt, temperatureC }, hour) => ({
    validAt: hour >= 600 && hour < to ? validAt + aheadHours * HOUR_MS : validAt,
    temperatureC,
  }));

test('a clock that goes wrong by an hour is found within days, whichever way, and a right one is not', () => {
  assert.equal(clockOf(learnt(clean)), null);
  for (const aheadHours of [1, -1]) {
    const shift = clockOf(learnt(withClock(aheadHours)));
    assert.equal(shift?.aheadHours, aheadHours);
    const days = ((shift?.foundAt ?? 0) - at(600)) / DAY_MS;
    assert.ok(days > 0 && days < 7, `after ${days} days`);
  }
});

test('while a clock is suspect, bands are wider by what an hour changes and the climate learns nothing', () => {
  const [right, wrong] = [learnt(clean), learnt(withClock(1))];
  const widthsOf = (memory: ForecasterMemory) =>
    memory.forecast(at(HOURS), leads(at(HOURS))).quantilesC.map((levels) => (levels[17] ?? 0) - (levels[1] ?? 0));
  const [narrow, wide] = [widthsOf(right), widthsOf(wrong)].map((widths) =>
    widths.slice(0, 24).reduce((sum, width) => sum + width, 0),
  );
  assert.ok((wide ?? 0) > 1.1 * (narrow ?? 0), `${wide} of ${narrow}`);
  const learntHours = (memory: ForecasterMemory) => decodeState(memory.serialise()).usualSums.at(-1) ?? 0;
  assert.equal(learntHours(right), HOURS);
  const foundAt = clockOf(wrong)?.foundAt ?? 0;
  assert.ok(learntHours(wrong) <= (foundAt - T0) / HOUR_MS + 1, `${learntHours(wrong)} hours`);
});

test('a clock that is put right again is believed again', () => {
  assert.equal(clockOf(learnt(withClock(1, 760)))?.aheadHours ?? 0, 0);
  assert.equal(clockOf(learnt(withClock(1, 760).slice(0, 750)))?.aheadHours, 1);
});

test('with 37 % missing at random and a gap of two days it still forecasts, a little worse', () => {
  const random = seededRandom(3);
  const holed = clean.filter((_, hour) => random() >= 0.37 && (hour < 500 || hour >= 548));
  assert.ok(maeOf(holed) < 1.35 * cleanMae, `${maeOf(holed)} of ${cleanMae}`);
});

test('a day’s course in °C that touches 0 is no stuck sensor, nor is a polar night', () => {
  const flat = Array.from({ length: 72 }, (_, hour) => ({ validAt: T0 + hour * HOUR_MS, temperatureC: 0 }));
  assert.equal(learnt(flat.slice(0, 6)).newestAt, at(5));
  const night = forecaster.start({ latitude: 80, longitude: 15, elevationM: null });
  const from = Date.UTC(2026, 0, 1);
  night.observe(flat.map((_, hour) => ({ validAt: from + hour * HOUR_MS, temperatureC: -20 })));
  assert.equal(night.newestAt, from + 3 * DAY_MS - HOUR_MS);
});
