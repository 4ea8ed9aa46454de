import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { CONDITION_IDS } from '../../weather/condition.ts';
import { QUANTITIES, QUANTITY_NAMES } from '../../weather/quantity.ts';
import { atmosphere, type WeatherSite } from './weather.ts';

const dakar: WeatherSite = { latitude: 14.7333, longitude: -17.5, elevationM: 20, landscape: 'coast' };
const matam: WeatherSite = { latitude: 15.65, longitude: -13.25, elevationM: 15, landscape: 'river' };
const january = Date.UTC(2024, 0, 1);
const hours = (site: WeatherSite, from: number, count: number, seed = 7) => {
  const air = atmosphere(seed);
  return Array.from({ length: count }, (_, hour) => air.at(site, from + hour * HOUR_MS));
};
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('the weather depends on seed, place and instant only, never on what was asked before', () => {
  const one = atmosphere(7);
  const other = atmosphere(7);
  const times = Array.from({ length: 50 }, (_, index) => january + index * 37 * 60_000);
  const forwards = times.map((at) => one.at(dakar, at));
  const backwards = times.toReversed().map((at) => {
    other.at(matam, at + DAY_MS);
    return other.at(dakar, at);
  });
  assert.deepEqual(backwards.toReversed(), forwards);
  assert.notDeepEqual(atmosphere(8).at(dakar, january), one.at(dakar, january));
});

test('every quantity stays within what is physically possible and agrees with the others', () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.integer(),
        latitude: fc.double({ min: -90, max: 90, noNaN: true }),
        longitude: fc.double({ min: -180, max: 180, noNaN: true }),
        landscape: fc.constantFrom('coast', 'estuary', 'river', 'savanna', 'hills', null),
        at: fc.integer({ min: 283_996_800_000, max: Date.UTC(2099, 11, 31) }),
      }),
      ({ seed, at, ...where }) => {
        const weather = atmosphere(seed).at({ ...where, elevationM: null }, at);
        for (const name of QUANTITY_NAMES) {
          assert.ok(weather[name] >= QUANTITIES[name].min && weather[name] <= QUANTITIES[name].max, name);
        }
        assert.ok(weather.dewPointC <= weather.temperatureC);
        assert.ok(weather.windGustMps >= weather.windSpeedMps);
        assert.ok(weather.uvIndex === 0 || weather.sunElevationDeg > 0);
        assert.ok(CONDITION_IDS.includes(weather.conditionId), `condition ${weather.conditionId}`);
        assert.equal(weather.conditionId < 700, weather.rain1hMm + weather.snow1hMm > 0);
      },
    ),
    { numRuns: 500 },
  );
});

test('afternoons are warmer than nights, and more so inland than at the coast', () => {
  const rangeOf = (site: WeatherSite) => {
    const days = Array.from({ length: 30 }, (_, day) => hours(site, january + day * DAY_MS, 24));
    return mean(
      days.map((day) => {
        const celsius = day.map((weather) => weather.temperatureC);
        return Math.max(...celsius) - Math.min(...celsius);
      }),
    );
  };
  const warmest = mean(
    Array.from({ length: 30 }, (_, day) => {
      const celsius = hours(matam, january + day * DAY_MS, 24).map((weather) => weather.temperatureC);
      return celsius.indexOf(Math.max(...celsius));
    }),
  );
  assert.ok(warmest > 12.5 && warmest < 17, `warmest at ${warmest} h`);
  assert.ok(rangeOf(matam) > 10 && rangeOf(matam) < 20, `inland ${rangeOf(matam)}`);
  assert.ok(rangeOf(dakar) > 3 && rangeOf(dakar) < 9, `coast ${rangeOf(dakar)}`);
});

test('the Sahel is dry in January and has its rain in August', () => {
  const rain = (month: number) =>
    hours(matam, Date.UTC(2024, month, 1), 720).reduce((sum, weather) => sum + weather.rain1hMm, 0);
  assert.ok(rain(0) < 5);
  assert.ok(rain(7) > 60 && rain(7) < 800, `${rain(7)} mm`);
});

test('dust comes with a wind from the north-east, dry air and a short view', () => {
  const year = hours(matam, january, 24 * 150);
  const dusty = year.filter((weather) => weather.conditionId === 761 || weather.conditionId === 751);
  assert.ok(dusty.length > 24 && dusty.length < year.length / 2, `${dusty.length} hours`);
  assert.ok(dusty.every((weather) => weather.visibilityM < 5000));
  const northEast = dusty.filter((weather) => weather.windFromDirectionDeg > 10 && weather.windFromDirectionDeg < 100);
  assert.ok(northEast.length > dusty.length * 0.9);
  assert.ok(mean(dusty.map((weather) => weather.humidityPct)) < mean(year.map((weather) => weather.humidityPct)));
});

test('neighbours share their fronts, far places do not', () => {
  const podor: WeatherSite = { ...matam, latitude: 16.65, longitude: -14.9667 };
  const freiburg: WeatherSite = { latitude: 48, longitude: 7.8, elevationM: 280, landscape: null };
  const daily = (site: WeatherSite) =>
    Array.from({ length: 40 }, (_, day) =>
      mean(hours(site, january + day * DAY_MS, 24).map((weather) => weather.temperatureC)),
    );
  const correlation = (one: readonly number[], other: readonly number[]) => {
    const [a, b] = [mean(one), mean(other)];
    const product = mean(one.map((value, index) => (value - a) * ((other[index] ?? 0) - b)));
    return (
      product / Math.sqrt(mean(one.map((value) => (value - a) ** 2)) * mean(other.map((value) => (value - b) ** 2)))
    );
  };
  assert.ok(correlation(daily(matam), daily(podor)) > 0.6);
  assert.ok(Math.abs(correlation(daily(matam), daily(freiburg))) < 0.6);
});
