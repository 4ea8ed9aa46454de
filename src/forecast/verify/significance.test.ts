import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { LEVELS } from '../../weather/prediction.ts';
import { CalibrationSums, intervalScore } from './calibration.ts';
import { LeadRecord } from './lead-record.ts';
import { blockBootstrapBand, dieboldMariano } from './significance.ts';
import { StabilitySums } from './stability.ts';

const close = (actual: number | null | undefined, expected: number, tolerance = 1e-12) =>
  assert.ok(typeof actual === 'number' && Math.abs(actual - expected) < tolerance, `${actual} is not ${expected}`);

test('Diebold–Mariano gives the value that the formula gives elsewhere', () => {
  // Computed in Python from the definition, with Bartlett weights and the correction of Harvey, Leybourne and Newbold.
  const differences = Array.from({ length: 40 }, (_, i) => Math.sin(i * 1.7) * 0.8 - 0.3 + 0.05 * (i % 5));
  const result = dieboldMariano(differences, 2);
  close(result?.statistic, -4.228587714502518, 1e-9);
  assert.deepEqual([result?.verdict, result?.n], ['better', 40]);
});

test('the verdict turns with the sign, and noise about zero is a tie', () => {
  const noise = Array.from({ length: 60 }, (_, i) => Math.sin(i * 2.3));
  assert.equal(dieboldMariano(noise, 0)?.verdict, 'tie');
  fc.assert(
    fc.property(fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 20, maxLength: 80 }), (values) => {
      const [one, other] = [
        dieboldMariano(values, 3),
        dieboldMariano(
          values.map((value) => -value),
          3,
        ),
      ];
      close((one?.statistic ?? 0) + (other?.statistic ?? 0), 0, 1e-9);
      assert.deepEqual(
        [one?.verdict, other?.verdict].sort(),
        one?.verdict === 'tie' ? ['tie', 'tie'] : ['better', 'worse'],
      );
    }),
  );
  assert.equal(dieboldMariano(noise.slice(0, 19), 0), null);
  assert.equal(dieboldMariano(new Array(30).fill(-0.2), 4)?.verdict, 'better');
});

test('the bootstrap band holds the mean, narrows with data, and is the same each time', () => {
  const series = (days: number) => {
    const n = days * 24;
    return {
      at: Array.from({ length: n }, (_, i) => i * HOUR_MS),
      errors: Array.from({ length: n }, (_, i) => 1 + 0.5 * Math.sin(i / 31) + 0.2 * Math.sin(i * 1.3)),
    };
  };
  const band = (days: number) => {
    const { at, errors } = series(days);
    const found = blockBootstrapBand(at, errors, 2 * DAY_MS);
    assert.ok(found);
    const mean = errors.reduce((sum, one) => sum + one, 0) / errors.length;
    assert.ok(found.low <= mean && mean <= found.high);
    return found;
  };
  const [short, long] = [band(14), band(120)];
  assert.ok(long.high - long.low < short.high - short.low);
  assert.deepEqual(band(14), short);
  assert.equal(blockBootstrapBand(series(8).at, series(8).errors, 2 * DAY_MS), null);
});

test('the interval score is the width, and ten times what the 80 % band missed by', () => {
  close(intervalScore(0.8, 20, 24, 22), 4);
  close(intervalScore(0.8, 20, 24, 19.5), 4 + 10 * 0.5);
  close(intervalScore(0.5, 20, 24, 26), 4 + 4 * 2);
});

test('PIT counts the gap that each observation fell in', () => {
  const sums = new CalibrationSums();
  const quantiles = LEVELS.map((_, index) => index + 1);
  for (let gap = 0; gap <= LEVELS.length; gap++) sums.add(quantiles, gap + 0.5);
  const { n, pit, pinball, width80C } = sums.calibration();
  assert.equal(n, 20);
  assert.equal(pit.length, 20);
  for (const share of pit) close(share, 0.05);
  assert.equal(pinball.length, 19);
  close(width80C, 16);
  assert.deepEqual(new CalibrationSums().calibration().pit, []);
});

test('the flip-flop index is zero on one way and counts what goes back and forth', () => {
  const index = (...means: number[]) => {
    const sums = new StabilitySums();
    for (const mean of means) sums.add(0, mean);
    return sums.stability().flipFlopC;
  };
  close(index(20, 21, 22, 25), 0);
  // Way 1 + 2 + 2 = 5, span 2, two issues beyond the first two.
  close(index(20, 21, 19, 21), (5 - 2) / 2);
  assert.equal(index(20, 30), null);
});

test('a reference is compared on the pairs on which it said something, and the best baseline is the one to beat', () => {
  const record = new LeadRecord();
  for (let issue = 0; issue < 48; issue++)
    record.add({
      issuedAt: issue * HOUR_MS,
      errorC: issue % 2 === 0 ? 1 : -0.5,
      inside80: issue % 4 !== 0,
      referenceErrorC: new Map([
        ['persistence', 3],
        ...(issue >= 24 ? ([['yesterday', -2]] as const) : []),
        ...(issue === 47 ? ([['provider:open-meteo', 0]] as const) : []),
      ]),
    });
  const { references, verdict, within1C, within2C } = record.skill(0);
  assert.deepEqual(references, [
    { id: 'persistence', n: 48, maeC: 3, forecastMaeC: 0.75, skill: 0.75 },
    { id: 'provider:open-meteo', n: 1, maeC: 0, forecastMaeC: 0.5, skill: null },
    { id: 'yesterday', n: 24, maeC: 2, forecastMaeC: 0.75, skill: 0.625 },
  ]);
  assert.deepEqual([verdict?.against, verdict?.verdict, verdict?.n], ['yesterday', 'better', 24]);
  assert.deepEqual([within1C, within2C], [1, 1]);
});
