import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LEVELS, THINNED_LEVELS } from '../../weather/prediction.ts';
import { crps, type Pair, pinball, ScoresByLead, scoresOf } from './scores.ts';

const pair = (differs: Partial<Pair> = {}): Pair => ({
  meanC: 20,
  quantilesC: null,
  levels: LEVELS,
  observedC: 20,
  persistenceC: null,
  yesterdayC: null,
  ...differs,
});
const close = (actual: number | null, expected: number) =>
  assert.ok(actual !== null && Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

test('pinball loss charges an undershoot by the level and an overshoot by the rest', () => {
  close(pinball(0.9, 10, 12), 1.8);
  close(pinball(0.9, 12, 10), 0.2);
  close(pinball(0.5, 12, 10), 1);
  close(pinball(0.1, 7, 7), 0);
});

test('CRPS of a certain forecast is its absolute error', () => {
  // All levels at 18, observed 20: 2/19 · Σ level · 2 = 2/19 · 9.5 · 2 = 2.
  close(
    crps(
      Array.from(LEVELS, () => 18),
      20,
    ),
    2,
  );
});

test('CRPS of evenly spread quantiles is what a sum by hand gives', () => {
  // q = 0.05 … 0.95 · 20 = 1 … 19, observed 10. For l = i/20 below the observation: (10 − i)·i/20; above it the same
  // mirrored. Σ_{i=1}^{9} (10 − i)·i/20 = 165/20 = 8.25, twice that is 16.5; 2 · 16.5 / 19.
  close(
    crps(
      Array.from(LEVELS, (_, index) => index + 1),
      10,
    ),
    33 / 19,
  );
});

test('CRPS of a wide sample of the normal law comes near its closed form', () => {
  // For N(0, 1) and observation 0: (√2 − 1)/√π = 0.23370. The sum over 19 levels leaves out the outermost tails.
  const z = [1.6449, 1.2816, 1.0364, 0.8416, 0.6745, 0.5244, 0.3853, 0.2533, 0.1257];
  const quantiles = [...z.map((value) => -value), 0, ...[...z].reverse()];
  assert.ok(Math.abs(crps(quantiles, 0) - 0.2337) < 0.015);
});

test('errors are forecast minus observed', () => {
  const scores = scoresOf([pair({ meanC: 23 }), pair({ meanC: 19 }), pair({ meanC: 20 })]);
  assert.equal(scores.n, 3);
  close(scores.maeC, 4 / 3);
  close(scores.biasC, 2 / 3);
  close(scores.rmseC, Math.sqrt(10 / 3));
  assert.equal(scores.crpsC, null);
  assert.equal(scores.coverage80, null);
});

test('bands cover with their ends included', () => {
  // Quantiles 1 … 19: the 50 % band is [5, 15], the 80 % band [2, 18], the 90 % band [1, 19].
  const quantilesC = LEVELS.map((_, index) => index + 1);
  const scores = scoresOf([5, 15.5, 2, 18.5, 19.5].map((observedC) => pair({ quantilesC, observedC })));
  close(scores.coverage50, 1 / 5);
  close(scores.coverage80, 3 / 5);
  close(scores.coverage90, 4 / 5);
});

test('a thinned vintage is verified by its bands, and has no CRPS', () => {
  const quantilesC = THINNED_LEVELS.map((level) => 20 * level);
  const scores = scoresOf([pair({ levels: THINNED_LEVELS, quantilesC, observedC: 17 })]);
  assert.deepEqual([scores.coverage50, scores.coverage80, scores.coverage90], [0, 1, 1]);
  assert.equal(scores.crpsC, null);
});

test('references are compared on the pairs that both have', () => {
  const scores = scoresOf([
    pair({ meanC: 22, persistenceC: 24 }),
    pair({ meanC: 29 }),
    pair({ meanC: 20.5, persistenceC: 19, yesterdayC: 20 }),
  ]);
  assert.equal(scores.persistence.n, 2);
  close(scores.persistence.maeC, 2.5);
  close(scores.persistence.forecastMaeC, 1.25);
  close(scores.persistence.skill, 0.5);
  assert.equal(scores.yesterday.skill, null, 'a reference without error leaves no skill to speak of');
});

test('leads are scored apart and together', () => {
  const scores = new ScoresByLead();
  scores.add(3, pair({ meanC: 21 }));
  scores.add(1, pair({ meanC: 20 }));
  scores.add(3, pair({ meanC: 23 }));
  assert.deepEqual(
    scores.byLead().map(({ leadHours, n, maeC }) => [leadHours, n, maeC]),
    [
      [1, 1, 0],
      [3, 2, 2],
    ],
  );
  close(scores.overall().maeC, 4 / 3);
});

test('no pairs give no scores', () => {
  const { n, maeC, rmseC, persistence } = scoresOf([]);
  assert.deepEqual([n, maeC, rmseC, persistence.n, persistence.maeC], [0, null, null, 0, null]);
});

test('scores move with scale and not with a shift of everything', () => {
  const degrees = fc.double({ min: -40, max: 40, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(degrees, degrees, degrees), { minLength: 1 }), degrees, (rows, shiftC) => {
      const scored = (byC: number) =>
        scoresOf(rows.map(([m, o, p]) => pair({ meanC: m + byC, observedC: o + byC, persistenceC: p + byC })));
      const [one, other] = [scored(0), scored(shiftC)];
      for (const key of ['maeC', 'biasC', 'rmseC'] as const)
        assert.ok(Math.abs((one[key] ?? 0) - (other[key] ?? 0)) < 1e-6);
    }),
  );
});
