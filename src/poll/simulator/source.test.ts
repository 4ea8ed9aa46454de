import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../core/log.ts';
import { silentMeter } from '../../core/meter.ts';
import { seededRandom } from '../../core/random.ts';
import { HOUR_MS, MINUTE_MS, manualClock } from '../../core/time.ts';
import { parsePlaces } from '../../weather/place.ts';
import type { SourceContext } from '../source.ts';
import { simulatorOptions } from './config.ts';
import { simulatorSource } from './source.ts';

const places = parsePlaces([
  { name: 'Dakar', latitude: 14.7333, longitude: -17.5, landscape: 'coast' },
  { name: 'Matam', latitude: 15.65, longitude: -13.25, landscape: 'river' },
]);
const slotAt = Date.UTC(2024, 0, 10, 12);
const contextAt = (at: number): SourceContext => ({
  clock: manualClock(at),
  random: seededRandom(1),
  logger: silentLogger,
  meter: silentMeter,
  signal: new AbortController().signal,
  transport: async () => assert.fail('the simulator needs no transport'),
});

test('a slot is answered for every place, at the slot exactly, and a backfill later gives the same values', async () => {
  const source = simulatorSource(simulatorOptions.parse({ seed: 3 }));
  const live = await source.fetch(places, slotAt, contextAt(slotAt + 2 * MINUTE_MS));
  assert.deepEqual(
    live.readings.map(({ observation }) => [observation.placeId, observation.validAt, observation.slotAt]),
    [
      ['dakar', slotAt, slotAt],
      ['matam', slotAt, slotAt],
    ],
  );
  const again = await source.backfill?.(places, [slotAt], contextAt(slotAt + HOUR_MS));
  assert.deepEqual(
    again?.readings.map(({ observation }) => observation.values),
    live.readings.map(({ observation }) => observation.values),
  );
});

test('a forecast comes once per model run and its error grows with the lead', async () => {
  const source = simulatorSource(simulatorOptions.parse({}));
  const errors: number[][] = [];
  for (let step = 0; step < 24 * 20; step++) {
    const at = slotAt + step * HOUR_MS;
    const { forecasts } = await source.fetch(places, at, contextAt(at));
    assert.ok(forecasts.length === 0 || forecasts.length === places.length);
    for (const forecast of forecasts) {
      assert.ok(forecast.issuedAt < at && forecast.validAt.every((validAt) => validAt > forecast.issuedAt));
      const truth = await source.backfill?.(
        places.filter((place) => place.id === forecast.placeId),
        forecast.validAt,
        contextAt(at + 100 * HOUR_MS),
      );
      errors.push(
        forecast.validAt.map((_, lead) =>
          Math.abs(
            (forecast.values.temperatureC?.[lead] ?? 99) -
              (truth?.readings[lead]?.observation.values.temperatureC ?? 0),
          ),
        ),
      );
    }
  }
  // From the run of 06:00 on the first day to that of 06:00 twenty days later.
  assert.equal(errors.length, places.length * 81);
  const meanAt = (from: number, to: number) =>
    errors.reduce((sum, leads) => sum + leads.slice(from, to).reduce((a, b) => a + b, 0) / (to - from), 0) /
    errors.length;
  assert.ok(meanAt(0, 6) > 0.1 && meanAt(0, 6) < 1.2, `${meanAt(0, 6)}`);
  assert.ok(meanAt(36, 48) > 1.4 * meanAt(0, 6), `${meanAt(36, 48)} after ${meanAt(0, 6)}`);
});

test('a backfill never tells about the future', async () => {
  const source = simulatorSource(simulatorOptions.parse({}));
  const result = await source.backfill?.(places, [slotAt, slotAt + HOUR_MS], contextAt(slotAt + MINUTE_MS));
  assert.deepEqual(
    result?.readings.map(({ observation }) => observation.slotAt),
    [slotAt, slotAt],
  );
});
