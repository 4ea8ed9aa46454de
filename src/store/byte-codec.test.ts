import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { HOUR_MS } from '../core/time.ts';
import { byteReader, byteWriter, readInstants, readNumbers, writeInstants, writeNumbers } from './byte-codec.ts';
import { packPrediction, packProviderForecast, unpackPrediction, unpackProviderForecast } from './forecast-codec.ts';
import { prediction, providerForecast, T0 } from './store.contract.ts';

it('reads back exactly the numbers that were written, whatever they are', () => {
  const number = fc.oneof(
    fc.double(),
    fc.integer({ min: -1e6, max: 1e6 }).map((value) => value / 100),
    fc.constantFrom(0, -0, 1e-9, 1e300, -273.15, 1013.25),
    fc.constant(null),
  );
  fc.assert(
    fc.property(fc.array(number), (numbers) => {
      const writer = byteWriter();
      writeNumbers(writer, numbers);
      assert.deepStrictEqual(readNumbers(byteReader(writer.bytes())), numbers);
    }),
    { seed: 3 },
  );
});

it('reads back exactly the instants that were written, in any order', () => {
  const instants = fc.oneof(
    fc.array(fc.integer({ min: 0, max: 4e12 })),
    fc
      .tuple(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: HOUR_MS }), fc.nat(60))
      .map(([first, step, count]) => Array.from({ length: count }, (_, index) => first + index * step)),
  );
  fc.assert(
    fc.property(instants, fc.integer({ min: 0, max: 4e12 }), (list, base) => {
      const writer = byteWriter();
      writeInstants(writer, list, base);
      assert.deepStrictEqual(readInstants(byteReader(writer.bytes()), base), list);
    }),
    { seed: 3 },
  );
});

it('reads back a value that is not finite as NaN', () => {
  const odd = prediction(T0, {
    validAt: [T0 + 1, T0 + 2],
    meanC: [Number.NaN, Number.POSITIVE_INFINITY],
    quantilesC: null,
  });
  assert.deepStrictEqual(unpackPrediction(packPrediction(odd, T0), T0).meanC, [Number.NaN, Number.NaN]);
});

it('reads back quantiles that are no quantiles: falling, uneven, not finite', () => {
  const odd = prediction(T0, {
    validAt: [T0 + 1, T0 + 2, T0 + 3],
    meanC: [1, 2, 3],
    quantilesC: [[3, 2, -1.25], [], [Number.NaN, 5]],
  });
  assert.deepStrictEqual(unpackPrediction(packPrediction(odd, T0), T0).quantilesC, odd.quantilesC);
});

it('keeps quantiles in ascending order when it rounds them', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -90, max: 60, noNaN: true }), { minLength: 19, maxLength: 19 }), (levels) => {
      const lead = levels.sort((one, other) => one - other);
      const whole = prediction(T0, { validAt: [T0 + HOUR_MS], meanC: [0], quantilesC: [lead] });
      const read = unpackPrediction(packPrediction(whole, T0), T0).quantilesC?.[0] ?? [];
      assert.deepEqual(
        read,
        [...read].sort((one, other) => one - other),
      );
      for (const [index, value] of read.entries()) assert.ok(Math.abs(value - (lead[index] ?? 0)) <= 0.005 + 1e-9);
    }),
    { seed: 3 },
  );
});

it('packs a forecast of 48 leads and 19 levels into little more than a byte a number', () => {
  assert.ok(packPrediction(prediction(T0), T0).length < 1200);
  const provider = providerForecast(T0);
  const bytes = packProviderForecast(provider);
  assert.deepEqual(unpackProviderForecast(bytes, T0), { validAt: provider.validAt, values: provider.values });
});
