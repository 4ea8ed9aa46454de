import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dewPointC, relativeHumidityPct, saturationVapourPressureHpa } from './formula.ts';

test('saturation vapour pressure agrees with the Smithsonian tables within half a per cent', () => {
  for (const [temperatureC, pressureHpa] of [
    [-20, 1.254],
    [0, 6.1078],
    [10, 12.272],
    [20, 23.373],
    [30, 42.43],
    [40, 73.777],
  ] as const)
    assert.ok(
      Math.abs(saturationVapourPressureHpa(temperatureC) / pressureHpa - 1) < 0.005,
      `${temperatureC} °C: ${saturationVapourPressureHpa(temperatureC)}`,
    );
});

test('dew points agree with published tables', () => {
  assert.ok(Math.abs(dewPointC(25, 50) - 13.86) < 0.05);
  assert.ok(Math.abs(dewPointC(30, 80) - 26.17) < 0.05);
  assert.ok(Math.abs(dewPointC(35, 10) - -1.2) < 0.3);
});

test('saturated air is at its dew point', () => {
  assert.ok(Math.abs(dewPointC(27.3, 100) - 27.3) < 1e-9);
});

test('dry air has no dew point, and what is not a number stays none', () => {
  assert.ok(Number.isNaN(dewPointC(20, 0)));
  assert.ok(Number.isNaN(dewPointC(20, Number.NaN)));
  assert.ok(Number.isNaN(dewPointC(Number.NaN, 50)));
  assert.ok(Number.isNaN(relativeHumidityPct(20, -300)));
});

test('humidity gives back the humidity that a dew point was made of, and moister air has the higher dew point', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -60, max: 60, noNaN: true }),
      fc.double({ min: 1, max: 99, noNaN: true }),
      (temperatureC, humidityPct) => {
        const dewC = dewPointC(temperatureC, humidityPct);
        assert.ok(dewC <= temperatureC);
        assert.ok(Math.abs(relativeHumidityPct(temperatureC, dewC) - humidityPct) < 1e-6);
        assert.ok(dewPointC(temperatureC, humidityPct + 1) > dewC);
      },
    ),
  );
});
