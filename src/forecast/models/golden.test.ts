import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backwardSolve, choleskyInPlace, forwardSolve } from './cholesky.ts';
import { COURSE_ORIGIN } from './day-tables.ts';
import { emptyState, GROUPS, LEVEL_COUNT, OWN_TERMS } from './engine-state.ts';
import { learnOwnCorrection, startOwnCorrection } from './own-correction.ts';
import { learnError } from './own-errors.ts';
import { sunCourse } from './sun-course.ts';

// The expected numbers come from Python with NumPy: other formulas where there are any, the definitions otherwise.

const closeTo = (actual: ArrayLike<number>, expected: readonly number[], within: number) => {
  for (const [index, value] of expected.entries())
    assert.ok(Math.abs((actual[index] ?? Number.NaN) - value) <= within, `[${index}] ${actual[index]} is not ${value}`);
};

test('the sun stands where the Fourier series of NOAA’s solar equations have it', () => {
  for (const [latitude, longitude, day, hour, height] of [
    [14.7, -17.5, 80, 15, 0.8726],
    [47, 8, 172, 10, 0.8698],
    [-33.9, 151.2, 355, 3, 0.9508],
    [60, 25, 15, 11, 0.1472],
  ] as const) {
    const course = sunCourse({ latitude, longitude, elevationM: null }, Date.UTC(2025, 0, day, hour));
    closeTo([course.height[COURSE_ORIGIN] ?? 0], [height], 0.005);
  }
});

test('the lag of five hours solves the linear system of an endless row of equal days', () => {
  const expected = [
    0.1638, 0.1341, 0.1098, 0.0899, 0.0833, 0.1065, 0.1551, 0.2235, 0.3051, 0.3927, 0.4792, 0.5576, 0.6217, 0.6664,
    0.6881, 0.685, 0.6567, 0.6049, 0.5329, 0.4454, 0.3647, 0.2986, 0.2444, 0.2001,
  ];
  const site = { latitude: 47, longitude: 8, elevationM: null };
  const lags = expected.map((_, hour) => sunCourse(site, Date.UTC(2025, 0, 172, hour)).lag5[COURSE_ORIGIN] ?? 0);
  closeTo(lags, expected, 0.005);
});

test('ridge agrees with least squares on rows that carry the penalty, for all columns and for the leading ones', () => {
  const rows = Array.from({ length: 30 }, (_, row) =>
    Array.from({ length: 4 }, (__, column) => Math.sin(1.3 * row * (column + 1)) + (column === 0 ? 1 : 0)),
  );
  const changes = rows.map((row, index) => Math.cos(0.9 * index) + (row[1] ?? 0));
  const matrix = new Float64Array(16);
  const right = new Float64Array(4);
  for (const [index, row] of rows.entries())
    for (let one = 0; one < 4; one++) {
      right[one] = (right[one] ?? 0) + (row[one] ?? 0) * (changes[index] ?? 0);
      for (let other = 0; other <= one; other++)
        matrix[4 * one + other] = (matrix[4 * one + other] ?? 0) + (row[one] ?? 0) * (row[other] ?? 0);
    }
  for (let column = 0; column < 4; column++) matrix[5 * column] = 1.3 * (matrix[5 * column] ?? 0);
  choleskyInPlace(matrix, 4);
  const z = forwardSolve(matrix, 4, right);
  closeTo(
    backwardSolve(matrix, 4, z, 4),
    [0.03843588654303411, 0.7732253524674875, -0.005973752468057459, -0.06653064514435345],
    1e-12,
  );
  closeTo(backwardSolve(matrix, 4, z, 2), [0.0384455814779044, 0.7732330071035567], 1e-12);
});

const termsOf = (row: number) =>
  Float64Array.from({ length: OWN_TERMS }, (_, term) => (term === 0 ? 1 : Math.sin(0.7 * row + term)));
const errorOf = (row: number) => 1.5 + 0.5 * Math.sin(0.7 * row + 3) + 0.2 * Math.cos(5.1 * row);

test('recursive least squares agrees with the normal equations that begin from the prior', () => {
  const state = emptyState();
  startOwnCorrection(state);
  for (let row = 0; row < 50; row++) learnOwnCorrection(state, 2, termsOf(row), errorOf(row));
  closeTo(
    state.own.subarray(2 * OWN_TERMS),
    [
      0.07128485210169155, -0.0024619633881665737, 0.004932961493408069, 0.0077925443274608226, 0.0034876978440054845,
      -0.004023721952885824, -0.007835750342638413, -0.004443626003783369, 0.0030339475901188435, 0.007722123761431959,
    ],
    1e-5,
  );
});

test('after three thousand rows single precision is still where double precision is', () => {
  const state = emptyState();
  startOwnCorrection(state);
  for (let row = 0; row < 3_000; row++) learnOwnCorrection(state, 0, termsOf(row), errorOf(row));
  closeTo(
    state.own,
    [
      1.1859632440415209, -0.046094458636356514, 0.05252218509645372, 0.10285017407005048, 0.05861818732152221,
      -0.03950709051879228, -0.10130973153241186, -0.06996867258889636, 0.02570126125578498, 0.09774157402933674,
    ],
    2e-3,
  );
});

test('tracked quantiles are where the steps of the pinball loss lead, and sorted', () => {
  const state = emptyState();
  const levels = Array.from({ length: LEVEL_COUNT }, (_, level) => 0.1 * (level - 9));
  state.quantile.set(levels);
  for (let row = 0; row < 200; row++) {
    state.sizeRatio.fill(1);
    state.hourRatio.fill(1, 0, GROUPS * 24);
    learnError(state, 0, row % 24, 2 * Math.sin(2.3 * row));
  }
  closeTo(
    state.quantile,
    [
      -1.11, -0.9912, -0.8687, -0.7425, -0.62, -0.4938, -0.3712, -0.2488, -0.1225, 0.0075, 0.1263, 0.2488, 0.375,
      0.4975, 0.6162, 0.7425, 0.865, 0.9912, 1.1137,
    ],
    1e-4,
  );
});
