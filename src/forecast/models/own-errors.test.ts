import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import { LEVELS } from '../../weather/prediction.ts';
import { baselineForecaster } from './baseline.ts';
import { BASELINE_PRIOR } from './baseline-prior.ts';
import { decodeState, emptyState, ISSUES, LEADS_H } from './baseline-state.ts';
import { isLocal, leadPart, quantilesAround, rememberIssue, startSpread, verifyDue } from './own-errors.ts';

const T0 = Date.UTC(2026, 0, 1);
const SITE = { latitude: 0, longitude: 0, elevationM: null };
const at = (hours: number, temperatureC = 0) => ({ validAt: T0 + hours * HOUR_MS, temperatureC });
const newState = () => {
  const state = emptyState();
  startSpread(state);
  return state;
};
const issue = (temperatureC: number) => LEADS_H.map(() => temperatureC);

test('every hour from the second day on is an origin, and each lead is verified when it is due, not sooner', () => {
  for (const hours of [24, 26, 27, 60, 100]) {
    const memory = baselineForecaster().start(SITE);
    for (let hour = 0; hour <= hours; hour++) memory.observe([at(hour, 20)]);
    const { verified } = decodeState(memory.serialise());
    assert.deepEqual(
      [...verified],
      LEADS_H.map((leadH) => Math.max(0, hours - 23 - leadH)),
      `after ${hours} hours`,
    );
  }
});

test('quarter-hourly readings make one origin an hour', () => {
  const memory = baselineForecaster().start(SITE);
  for (let quarter = 0; quarter <= 4 * 40; quarter++) memory.observe([at(quarter / 4, 20)]);
  assert.equal(decodeState(memory.serialise()).verified[0], 16);
});

test('golden: one error moves the scale and its quantiles by what the formulas say', () => {
  const state = newState();
  rememberIssue(state, T0, issue(20));
  verifyDue(state, at(0, 20), at(1, 23));
  const scale = BASELINE_PRIOR.scaleC.month[0] ?? 0;
  // 49 is the one error and the weight of the pooled scale, 48.
  assert.ok(Math.abs((state.scaleC[0] ?? 0) - (scale + (3 - scale) / 49)) < 1e-6);
  // An error of +3 °C lies above all levels: each rises by 0.004 times its level.
  for (const [level, quantile] of [...state.quantile.subarray(0, 19)].entries())
    assert.ok(Math.abs(quantile - ((BASELINE_PRIOR.shape.profile[level] ?? 0) + 0.004 * (LEVELS[level] ?? 0))) < 1e-6);
  // 3 / 0.62 = 4.84 scales: the hour's ratio goes from 1 to 1 + 0.01 · 3.84.
  assert.ok(Math.abs((state.hourRatio[1] ?? 0) - (1 + 0.01 * (3 / scale - 1))) < 1e-6);
  assert.deepEqual([...state.verified], [1, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test('between two readings that are close a forecast is held against the straight line between them', () => {
  const state = newState();
  rememberIssue(state, T0, issue(20));
  const scale = state.scaleC[0] ?? 0;
  // At 1 h the line from 22 (0:50) to 24 (1:10) is at 23: an error of 3.
  verifyDue(state, at(50 / 60, 22), at(70 / 60, 24));
  assert.ok(Math.abs((state.scaleC[0] ?? 0) - (scale + (3 - scale) / 49)) < 1e-5);
});

test('what fell into a gap is not verified, unless a reading stands at the very instant', () => {
  const state = newState();
  rememberIssue(state, T0, issue(20));
  verifyDue(state, at(0, 20), at(2.5, 20));
  assert.deepEqual([...state.verified], [0, 0, 0, 0, 0, 0, 0, 0, 0]);
  verifyDue(state, at(2.5, 20), at(6, 20));
  assert.deepEqual([...state.verified], [0, 0, 0, 1, 0, 0, 0, 0, 0]);
});

test('a corrected origin replaces what was forecast from it', () => {
  const state = newState();
  rememberIssue(state, T0, issue(50));
  rememberIssue(state, T0, issue(20));
  const scale = state.scaleC[0] ?? 0;
  verifyDue(state, at(0, 20), at(1, 20));
  assert.ok((state.scaleC[0] ?? 0) < scale);
  assert.equal(state.verified[0], 1);
});

test('pending forecasts are bounded, and the oldest are verified before they are dropped', () => {
  const state = newState();
  for (let hour = 0; hour < 3 * ISSUES; hour++) {
    rememberIssue(state, T0 + hour * HOUR_MS, issue(20));
    verifyDue(state, at(hour, 20), at(hour + 1, 20));
  }
  assert.deepEqual(
    [...state.verified],
    LEADS_H.map((leadH) => 3 * ISSUES - leadH + 1),
  );
});

test('tracked levels are undercut as often as they say', () => {
  const state = newState();
  // Errors with a heavy upper tail, in an order without pattern.
  const errorAt = (hour: number) => ((hour * 7919) % 1009) / 1009;
  for (let hour = 0; hour < 20_000; hour++) {
    rememberIssue(state, T0 + hour * HOUR_MS, issue(20));
    verifyDue(state, at(hour, 20), at(hour + 1, 20 + 8 * errorAt(hour) ** 3));
  }
  let inside = 0;
  for (let hour = 20_000; hour < 21_000; hour++) {
    const levels = quantilesAround(state, 'local', 20, T0 + (hour + 1) * HOUR_MS, leadPart(1));
    const measuredC = 20 + 8 * errorAt(hour) ** 3;
    if (measuredC >= (levels[1] ?? 0) && measuredC <= (levels[17] ?? 0)) inside++;
  }
  assert.ok(inside > 750 && inside < 850, `${inside} of 1000 inside the 80 % band`);
  assert.equal(isLocal(state), true);
});

test('leads between those that are tracked lie between them', () => {
  assert.deepEqual(leadPart(1), { lead: 0, part: 0, factor: 1 });
  assert.deepEqual(leadPart(4.5), { lead: 2, part: 0.5, factor: 1 });
  assert.deepEqual(leadPart(48), { lead: 7, part: 1, factor: 1 });
  assert.equal(leadPart(0.25).factor, 0.5);
  assert.ok(leadPart(96).factor > 1 && leadPart(96).part === 1);
  assert.ok(leadPart(-5 * MINUTE_MS).factor > 0);
});
