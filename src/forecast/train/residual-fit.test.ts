import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../core/random.ts';
import { HOUR_MS } from '../../core/time.ts';
import { COLUMNS, LEADS, YEAR_TIER } from '../models/features.ts';
import { addResidual, RESIDUAL_LEADS } from '../models/residual-network.ts';
import { ResidualRows } from './residual-fit.ts';
import { rowsOf, stationHours } from './station-hours.ts';

/** A linear model that says nothing changes: all is left to the network. */
const NOTHING = Array.from({ length: YEAR_TIER + 1 }, () =>
  Array.from({ length: LEADS }, () => new Float64Array(COLUMNS)),
);

/** Days alike but for their swing, which a coin decides at midnight of every other day. */
function station(seed: number) {
  const random = seededRandom(seed);
  const hours = 150 * 24;
  const wide = Array.from({ length: hours / 48 + 1 }, () => random() < 0.5);
  return stationHours({
    name: 'made',
    latitude: 47,
    longitude: 8,
    elevationM: null,
    validAt: Float64Array.from({ length: hours }, (_, hour) => Date.UTC(2025, 0, 1) + hour * HOUR_MS),
    temperatureC: Float64Array.from({ length: hours }, (_, hour) => {
      const swing = 4 * Math.sin((2 * Math.PI * (hour % 24)) / 24);
      return wide[Math.floor(hour / 48)] ? 10 + swing : 10 - Math.abs(swing);
    }),
  });
}

test('what a linear model cannot say is found, also where it was not trained; the same rows give the same numbers', () => {
  const fit = () => {
    const rows = new ResidualRows();
    rows.addStation(rowsOf(station(1), 1, 0, Number.POSITIVE_INFINITY), NOTHING);
    return { numbers: rows.fit(), count: rows.count };
  };
  const { numbers, count } = fit();
  assert.ok(count > 2_000);
  assert.deepEqual(fit().numbers, numbers);
  const single = Float32Array.from(numbers);
  let [without, corrected] = [0, 0];
  const changeC = new Float64Array(LEADS + 1);
  for (const row of rowsOf(station(2), 7, 0, Number.POSITIVE_INFINITY)) {
    if (row.features.tier < YEAR_TIER - 1 || row.change.subarray(1).some(Number.isNaN)) continue;
    changeC.fill(0);
    addResidual(single, 0, row.features, row.past, changeC);
    for (let lead = 1; lead <= RESIDUAL_LEADS / 2; lead++) {
      without += Math.abs(row.change[lead] ?? 0);
      corrected += Math.abs((changeC[lead] ?? 0) - (row.change[lead] ?? 0));
    }
  }
  assert.ok(corrected < 0.6 * without, `${corrected.toFixed(0)} of ${without.toFixed(0)}`);
});

test('too few origins say nothing', () => {
  const rows = new ResidualRows();
  rows.addStation(rowsOf(station(1), 71, 0, Number.POSITIVE_INFINITY), NOTHING);
  assert.ok(rows.count > 0 && rows.fit().every((number) => number === 0));
});
