import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, MINUTE_MS } from '../core/time.ts';
import { solarElevationDeg, sunTimes } from './sun.ts';

const at = (text: string) => Date.parse(text);
const near = (actual: number | null, expected: number, toleranceMs: number, what: string) =>
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= toleranceMs,
    `${what}: ${actual === null ? null : new Date(actual).toISOString()} is not near ${new Date(expected).toISOString()}`,
  );

test('elevation agrees with the worked example of the NREL solar position algorithm', () => {
  // Reda and Andreas, NREL/TP-560-34302, table A5.1: Golden, Colorado; 39.872046° without refraction.
  assert.ok(Math.abs(solarElevationDeg(39.742476, -105.1786, at('2003-10-17T19:30:30Z')) - 39.872046) < 0.02);
});

test('sunrise and sunset agree with the NREL example to the minute', () => {
  const sun = sunTimes(39.742476, -105.1786, at('2003-10-17T19:30:30Z'));
  near(sun.sunriseAt, at('2003-10-17T13:12:43Z'), MINUTE_MS, 'sunrise');
  // Its sunset is the one of the same day in UTC, which is the evening before.
  const before = sunTimes(39.742476, -105.1786, at('2003-10-16T19:30:30Z'));
  near(before.sunsetAt, at('2003-10-17T00:20:19Z'), MINUTE_MS, 'sunset');
  near(sun.noonAt, at('2003-10-17T18:46:04Z'), MINUTE_MS, 'noon');
});

test('sunrise and sunset agree with those of a recorded reply of OpenWeatherMap', () => {
  // Zocca, 44.34 N 10.99 E, on 30 August 2022.
  const sun = sunTimes(44.34, 10.99, 1661870592_000);
  near(sun.sunriseAt, 1661834187_000, 2 * MINUTE_MS, 'sunrise');
  near(sun.sunsetAt, 1661882248_000, 2 * MINUTE_MS, 'sunset');
});

test('at the equator on an equinox the day lasts a little over twelve hours, because of refraction', () => {
  const sun = sunTimes(0, 0, at('2024-03-20T12:00:00Z'));
  const dayMs = (sun.sunsetAt ?? 0) - (sun.sunriseAt ?? 0);
  assert.ok(Math.abs(dayMs - (12 * 60 + 6.7) * MINUTE_MS) < MINUTE_MS, `${dayMs / MINUTE_MS} minutes`);
});

test('the polar day and the polar night have neither sunrise nor sunset', () => {
  for (const day of ['2024-06-21T12:00:00Z', '2024-12-21T12:00:00Z']) {
    const sun = sunTimes(78.22, 15.65, at(day));
    assert.equal(sun.sunriseAt, null);
    assert.equal(sun.sunsetAt, null);
  }
  assert.ok(solarElevationDeg(78.22, 15.65, at('2024-06-21T00:00:00Z')) > 0);
  assert.ok(solarElevationDeg(78.22, 15.65, at('2024-12-21T12:00:00Z')) < 0);
});

test('the day of an instant is the one whose noon is nearest, on both sides of the date line', () => {
  for (const longitude of [-179.9, 179.9, -17.5])
    for (const hour of [0, 5, 11, 17, 23]) {
      const instant = at('2024-05-05T00:00:00Z') + hour * 60 * MINUTE_MS;
      const { noonAt } = sunTimes(10, longitude, instant);
      assert.ok(Math.abs(noonAt - instant) <= DAY_MS / 2 + 20_000, `${longitude} at ${hour} h`);
    }
});

test('at every crossing the sun stands at the horizon, and above it in between', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -64, max: 64, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
      fc.integer({ min: at('1980-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z') }),
      (latitude, longitude, instant) => {
        const { sunriseAt, noonAt, sunsetAt } = sunTimes(latitude, longitude, instant);
        assert.ok(sunriseAt !== null && sunsetAt !== null);
        assert.ok(sunriseAt < noonAt && noonAt < sunsetAt && sunsetAt - sunriseAt < DAY_MS);
        for (const crossing of [sunriseAt, sunsetAt])
          assert.ok(Math.abs(solarElevationDeg(latitude, longitude, crossing) + 0.833) < 0.02);
        assert.ok(solarElevationDeg(latitude, longitude, noonAt) > -0.833);
      },
    ),
  );
});

test('near the poles a crossing is at the horizon or there is none', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 64, max: 90, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
      fc.integer({ min: at('2000-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') }),
      fc.constantFrom(1, -1),
      (latitude, longitude, instant, hemisphere) => {
        const { sunriseAt, sunsetAt } = sunTimes(latitude * hemisphere, longitude, instant);
        assert.equal(sunriseAt === null, sunsetAt === null);
        for (const crossing of [sunriseAt, sunsetAt])
          if (crossing !== null)
            assert.ok(Math.abs(solarElevationDeg(latitude * hemisphere, longitude, crossing) + 0.833) < 0.25);
      },
    ),
  );
});
