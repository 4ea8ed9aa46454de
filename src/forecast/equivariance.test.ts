import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../core/random.ts';
import { DAY_MS, HOUR_MS } from '../core/time.ts';
import { engineForecaster } from './engine.ts';
import { RESIDUAL_LEADS } from './models/residual-network.ts';
import { shippedPrior } from './shipped-prior.ts';

// The pooled model is linear in the readings but for the day's highest, lowest and range, which scale with them; only
// y − 25·cos(latitude) tells how warm it is. From a week of past on a network that is not linear corrects its first day.
// Asked for an issue before the newest reading, a memory answers by it alone.

const forecaster = engineForecaster(shippedPrior());
const SITE = { latitude: 47, longitude: 8, elevationM: null };
const T0 = Date.UTC(2026, 4, 1);

/** In eighths of a degree: multiples and sums of them are exact, in single precision too. */
const eighths = (value: number) => Math.round(8 * value) / 8;

interface Weather {
  readonly hours: number;
  readonly seed: number;
}

const weather = fc.record({ hours: fc.constantFrom(1, 4, 12, 40, 200, 700), seed: fc.integer({ min: 1, max: 1e6 }) });
/** Small, so that twice of it is no spike. */
const deviation = ({ hours, seed }: Weather): readonly number[] => {
  const random = seededRandom(seed);
  let swing = 0;
  return Array.from({ length: hours + 1 }, (_, hour) => {
    swing = 0.9 * swing + 0.5 * (random() - 0.5);
    return eighths(2 * Math.sin((2 * Math.PI * (T0 + hour * HOUR_MS)) / DAY_MS) + swing);
  });
};

/** The first lead at which the model is linear, with so many hours of past. */
const linearFrom = (hours: number): number => (hours < 7 * 24 ? 1 : RESIDUAL_LEADS + 1);

function pooled(values: readonly number[]) {
  const memory = forecaster.start(SITE);
  memory.observe(values.map((temperatureC, hour) => ({ validAt: T0 + hour * HOUR_MS, temperatureC })));
  const issuedAt = T0 + (values.length - 2) * HOUR_MS;
  const validAt = Array.from({ length: 48 }, (_, lead) => issuedAt + (lead + 1) * HOUR_MS);
  return memory.forecast(issuedAt, validAt);
}

const closeTo = (actual: number | undefined, expected: number | undefined, what: string) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - (expected ?? Number.NaN)) < 1e-6, `${what}: ${actual}, not ${expected}`);

test('twice the deviation from a flat course moves the forecast twice as far, at every tier up to a month', () => {
  fc.assert(
    fc.property(weather, (asked) => {
      const course = deviation(asked);
      const [one, two, three] = [1, 2, 3].map((times) => pooled(course.map((value) => 10 + times * value)).meanC);
      for (let lead = linearFrom(asked.hours) - 1; lead < 48; lead++)
        closeTo((three?.[lead] ?? 0) - (two?.[lead] ?? 0), (two?.[lead] ?? 0) - (one?.[lead] ?? 0), `+${lead + 1}`);
    }),
    { numRuns: 40 },
  );
});

test('warmer by as much everywhere, any weather is forecast higher by the same, and no band is wider', () => {
  fc.assert(
    fc.property(weather, fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: -40, max: 40 }), (asked, seed, shift) => {
      const response = (of: Weather) => {
        const course = deviation(of).map((value) => 10 + value);
        const [here, warmer] = [pooled(course), pooled(course.map((value) => value + shift / 8))];
        for (const [lead, levels] of here.quantilesC.entries())
          for (const [level, quantile] of levels.entries())
            closeTo(
              (warmer.quantilesC[lead]?.[level] ?? 0) - (warmer.meanC[lead] ?? 0),
              quantile - (here.meanC[lead] ?? 0),
              `band at +${lead + 1}`,
            );
        return here.meanC.map((mean, lead) => (warmer.meanC[lead] ?? 0) - mean);
      };
      const other = response({ ...asked, seed });
      for (const [lead, moved] of response(asked).entries())
        if (lead + 1 >= linearFrom(asked.hours)) closeTo(moved, other[lead], `+${lead + 1}`);
    }),
    { numRuns: 30 },
  );
});
