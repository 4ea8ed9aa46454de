import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import type { Observation } from '../weather/observation.ts';
import { loadPlaces, type Place } from '../weather/place.ts';
import { noValues, QUANTITIES, QUANTITY_NAMES } from '../weather/quantity.ts';
import { applyRanges, Series } from './check.ts';

const [place] = loadPlaces(new URL('../../regions/senegal.json', import.meta.url).pathname) as readonly [Place];
const limits = { frozenMs: 6 * HOUR_MS, jumpC: 15 };
const dawn = Date.UTC(2026, 6, 22, 6);
const midnight = Date.UTC(2026, 6, 22, 0);

function reading(validAt: Instant, temperatureC: number, receivedAt = validAt): Observation {
  return {
    placeId: place.id,
    validAt,
    slotAt: null,
    receivedAt,
    source: 'station',
    kind: 'observation',
    issuedAt: null,
    values: { ...noValues(), temperatureC },
    condition: null,
    sunriseAt: null,
    sunsetAt: null,
    flags: [],
  };
}

const reasonsOf = (series: Series, readings: readonly Observation[]) =>
  readings.map((one) => series.judge(one, place)[0]?.reason ?? null);

/** Readings every `stepMs` from `fromAt`, one per temperature. */
const every = (stepMs: number, fromAt: Instant, temperatures: readonly number[]) =>
  temperatures.map((temperatureC, index) => reading(fromAt + index * stepMs, temperatureC));

describe('ranges', () => {
  it('keeps the limits of every quantity and takes out what lies beyond them', () => {
    for (const name of QUANTITY_NAMES) {
      const { min, max } = QUANTITIES[name];
      for (const value of [min, max]) assert.deepEqual(applyRanges({ ...noValues(), [name]: value }), []);
      for (const original of [min - 0.001, max + 0.001]) {
        const values = { ...noValues(), [name]: original };
        assert.deepEqual(applyRanges(values), [{ quantity: name, reason: 'out-of-range', original }]);
        assert.equal(values[name], null);
      }
    }
  });
});

describe('a frozen temperature', () => {
  it('is flagged once it has stood still for the configured time by daylight', () => {
    const reasons = reasonsOf(new Series(limits), every(30 * MINUTE_MS, dawn, Array(15).fill(25.3)));
    assert.deepEqual(reasons, [...Array(12).fill(null), 'frozen', 'frozen', 'frozen']);
  });

  it('is not flagged in a still night', () => {
    const reasons = reasonsOf(new Series(limits), every(30 * MINUTE_MS, midnight - 5 * HOUR_MS, Array(16).fill(25.3)));
    assert.deepEqual(new Set(reasons), new Set([null]));
  });

  it('is not flagged when the smallest move broke it, nor over a gap of a day', () => {
    const series = new Series(limits);
    const readings = every(30 * MINUTE_MS, dawn, [...Array(10).fill(25.3), 25.31, ...Array(4).fill(25.3)]);
    assert.deepEqual(new Set(reasonsOf(series, readings)), new Set([null]));
    assert.deepEqual(reasonsOf(series, [reading(dawn + 34 * HOUR_MS, 25.3)]), [null]);
  });

  it('needs more than a few readings', () => {
    const reasons = reasonsOf(new Series(limits), every(7 * HOUR_MS, dawn, [25.3, 25.3]));
    assert.deepEqual(reasons, [null, null]);
  });
});

describe('a jumping temperature', () => {
  it('is flagged, and the way back from the spike is not', () => {
    const reasons = reasonsOf(new Series(limits), every(15 * MINUTE_MS, dawn, [25, 25.4, 45, 25.8, 26]));
    assert.deepEqual(reasons, [null, null, 'jump', null, null]);
  });

  it('is believed after an hour at the new height', () => {
    const reasons = reasonsOf(new Series(limits), every(15 * MINUTE_MS, dawn, [20, 36, 36.1, 36.2, 36.3, 36.4]));
    assert.deepEqual(reasons, [null, 'jump', 'jump', 'jump', 'jump', null]);
  });

  it('is none after a gap of more than an hour', () => {
    assert.deepEqual(reasonsOf(new Series(limits), every(61 * MINUTE_MS, dawn, [10, 40])), [null, null]);
  });
});

describe('readings out of order', () => {
  it('are not doubted, but the next one in order is held against them', () => {
    const series = new Series(limits);
    assert.deepEqual(
      reasonsOf(series, [
        reading(dawn, 20),
        reading(dawn + HOUR_MS, 22),
        reading(dawn + HOUR_MS / 2, 60),
        reading(dawn + 1.2 * HOUR_MS, 23),
      ]),
      [null, null, null, null],
    );
  });

  it('get the same flag again when the same reading comes again', () => {
    const series = new Series(limits);
    const readings = every(15 * MINUTE_MS, dawn, [25, 45, 25.2]);
    assert.deepEqual(reasonsOf(series, readings), [null, 'jump', null]);
    assert.deepEqual(reasonsOf(series, readings), [null, 'jump', null]);
  });

  it('that came earlier do not replace the value that a later one corrected', () => {
    const series = new Series(limits);
    reasonsOf(series, [reading(dawn, 40, dawn + 5), reading(dawn, 20, dawn)]);
    assert.deepEqual(reasonsOf(series, [reading(dawn + MINUTE_MS, 41)]), [null]);
  });
});

it('a series that is read back from its rows at any moment goes on with the same flags', () => {
  const steps = fc.array(
    fc.record({
      stepMinutes: fc.constantFrom(15, 30, 60, 300, -20),
      temperatureC: fc.constantFrom(25, 25, 25, 25, 26, 45),
    }),
    { minLength: 1, maxLength: 80 },
  );
  fc.assert(
    fc.property(steps, fc.nat(79), (moves, cut) => {
      let at = dawn;
      const readings = moves.map(({ stepMinutes, temperatureC }, index) => {
        at += stepMinutes * MINUTE_MS;
        return reading(at, temperatureC, dawn + index);
      });
      const whole = new Series(limits);
      const first = new Series(limits);
      const rows = new Map<Instant, Observation>();
      for (const one of readings.slice(0, cut)) {
        whole.judge(one, place);
        rows.set(one.validAt, { ...one, flags: first.judge(one, place) });
      }
      const restored = new Series(limits);
      for (const row of [...rows.values()].sort((a, b) => b.validAt - a.validAt)) restored.remember(row);
      const rest = readings.slice(cut);
      assert.deepEqual(reasonsOf(restored, rest), reasonsOf(whole, rest));
    }),
  );
});
