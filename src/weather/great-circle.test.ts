import assert from 'node:assert/strict';
import { test } from 'node:test';
import { greatCircleKm } from './great-circle.ts';

const point = (latitude: number, longitude: number) => ({ latitude, longitude });

test('a quarter of the way round is a quarter of the circumference', () => {
  assert.ok(Math.abs(greatCircleKm(point(0, 0), point(0, 90)) - 10_007.557) < 0.01);
  assert.ok(Math.abs(greatCircleKm(point(90, 12), point(0, -77)) - 10_007.557) < 0.01);
});

test('the way does not depend on its direction, nor on where the degrees are cut', () => {
  const [dakar, matam] = [point(14.7333, -17.5), point(15.65, -13.25)];
  assert.equal(greatCircleKm(dakar, matam), greatCircleKm(matam, dakar));
  assert.ok(
    Math.abs(greatCircleKm(point(10, 179.9), point(10, -179.9)) - greatCircleKm(point(10, 0), point(10, 0.2))) < 1e-6,
  );
});

test('near points keep their digits', () => {
  assert.equal(greatCircleKm(point(16.05, -16.45), point(16.05, -16.45)), 0);
  assert.ok(Math.abs(greatCircleKm(point(0, 0), point(0, 1e-6)) - 1.1119508e-4) < 1e-9);
});
