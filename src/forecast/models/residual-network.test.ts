import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COLUMNS, type Features, LEADS } from './features.ts';
import { addResidual, RESIDUAL_INPUTS, RESIDUAL_NUMBERS } from './residual-network.ts';

test('the network adds what matrix products of its weights say, fading after +18 h and silent after +24 h', () => {
  const numbers = Float32Array.from({ length: RESIDUAL_NUMBERS }, (_, index) => 0.1 * Math.sin(1.7 * index));
  numbers.fill(0, 0, RESIDUAL_INPUTS).fill(1.5, RESIDUAL_INPUTS, 2 * RESIDUAL_INPUTS);
  const wave = (hour: number) => Math.cos((2 * Math.PI * hour) / 24);
  const past = Float64Array.from({ length: 49 }, (_, hour) => 12 + 4 * wave(hour) - 0.05 * hour);
  const features: Features = {
    tier: 3,
    shared: Float64Array.from({ length: COLUMNS }, (_, column) => Math.cos(column)),
    ofLead: new Float64Array(0),
    dayMean: 0,
    weekMean: 10.5,
    dayRange: 9,
    dayToDay: 2.25,
    weekProfile: Float64Array.from({ length: 24 }, (_, hour) => 11 + 3 * wave(hour)),
  };
  const changeC = Float64Array.from({ length: LEADS + 1 }, (_, lead) => -0.1 * lead);
  addResidual(numbers, 0, features, past, changeC);
  // From Python with NumPy.
  for (const [lead, expected] of [
    [1, 0.180167254],
    [2, -0.172254453],
    [6, -0.62630932],
    [12, -1.095013792],
    [18, -1.975088478],
    [20, -1.860334835],
    [24, -2.367015634],
    [25, -2.5],
    [48, -4.8],
  ] as const)
    assert.ok(Math.abs((changeC[lead] ?? Number.NaN) - expected) < 1e-6, `+${lead}: ${changeC[lead]}, not ${expected}`);
});
