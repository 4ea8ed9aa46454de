import { statSync } from 'node:fs';
import { join } from 'node:path';
import { HOUR_MS } from '../../src/core/time.ts';
import { engineForecaster } from '../../src/forecast/engine.ts';
import type { ForecasterMemory } from '../../src/forecast/forecaster.ts';
import { Prior } from '../../src/forecast/models/prior.ts';
import { predict } from '../../src/forecast/predict-api.ts';
import { PRIOR_FILE, PRIOR_FOLDER, shippedPrior } from '../../src/forecast/shipped-prior.ts';
import type { Figure } from '../machine.ts';

const SITE = { latitude: 14.7, longitude: -17.5, elevationM: null };
const FROM = Date.UTC(2025, 0, 1);
const YEAR_H = 366 * 24;
const PLACES = 10_000;

const reading = (hour: number, place = 0) => ({
  validAt: FROM + hour * HOUR_MS,
  temperatureC:
    Math.round(10 * (25 + 5 * Math.sin((2 * Math.PI * (hour - 9)) / 24) + 2 * Math.sin(hour / 31 + place))) / 10,
});
const leadsFrom = (at: number) => Array.from({ length: 48 }, (_, lead) => at + (lead + 1) * HOUR_MS);
/** Processor time, so that what else runs on the machine does not count. */
const msOf = (work: () => void): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

/** One core: what one forecast, one reading, a station-year and ten thousand places cost. */
export function speedFigures(): readonly Figure[] {
  const loadMs = msOf(() => shippedPrior());
  const priorBytes = statSync(join(PRIOR_FOLDER, PRIOR_FILE)).size;
  const forecaster = engineForecaster(shippedPrior());
  const memory = forecaster.start(SITE);
  memory.observe(Array.from({ length: YEAR_H }, (_, hour) => reading(hour)));
  const newestAt = memory.newestAt ?? 0;
  // In turns with another's: asked twice for one origin, a memory does not compute all of it again.
  const other = forecaster.restore({ ...SITE, longitude: 8 }, memory.serialise());
  const forecasts = 3_000;
  const forecastMs = msOf(() => {
    for (let round = 0; round < forecasts; round++)
      (round % 2 === 0 ? memory : other).forecast(newestAt, leadsFrom(newestAt));
  });
  const readings = 3_000;
  const learnMs = msOf(() => {
    for (let hour = 0; hour < readings; hour++) memory.observe([reading(YEAR_H + hour)]);
  });
  const year = forecaster.start(SITE);
  const yearMs = msOf(() => {
    for (let hour = 0; hour < 365 * 24; hour++) {
      const one = reading(hour);
      year.observe([one]);
      year.forecast(one.validAt, leadsFrom(one.validAt));
    }
  });
  const state = memory.serialise();
  return [
    { what: 'coefficients in the repository', measured: priorBytes / 1000, unit: 'kB', target: { atMost: 300 } },
    { what: 'coefficients read', measured: loadMs, unit: 'ms', target: { atMost: 20 } },
    { what: 'state of a place', measured: state.byteLength / 1024, unit: 'KiB', target: { atMost: 64 } },
    {
      what: 'forecast of 48 hours, 19 levels',
      measured: (1000 * forecastMs) / forecasts,
      unit: 'µs',
      target: { atMost: 60 },
    },
    { what: 'one hourly reading learnt', measured: (1000 * learnMs) / readings, unit: 'µs', target: { atMost: 150 } },
    { what: 'a station-year, hourly issues', measured: yearMs / 1000, unit: 's', target: { atMost: 5 } },
    { what: '/predict/ with 100,000 points', measured: predictMs() / 1000, unit: 's' },
    {
      what: '10,000 places restored, updated, forecast, saved',
      measured: manyPlaces(state) / 1000,
      unit: 's',
      target: { atMost: 3 },
    },
  ];
}

/** As the stage does it: each place's bytes are decoded, learn a reading, forecast and are encoded again. */
function manyPlaces(state: Uint8Array): number {
  const forecaster = engineForecaster(Prior.fromBytes(shippedPrior().toBytes()));
  const at = (forecaster.restore(SITE, state) as ForecasterMemory).newestAt ?? 0;
  const hour = Math.round((at - FROM) / HOUR_MS) + 1;
  return msOf(() => {
    for (let place = 0; place < PLACES; place++) {
      const memory = forecaster.restore({ ...SITE, longitude: (place % 360) - 180 }, state);
      const one = reading(hour, place % 7);
      memory.observe([one]);
      memory.forecast(one.validAt, leadsFrom(one.validAt));
      memory.serialise();
    }
  });
}

function predictMs(): number {
  const data = Array.from({ length: 100_000 }, (_, index) => {
    const { validAt, temperatureC } = reading(index / 4);
    return { ds: new Date(validAt).toISOString().slice(0, 19).replace('T', ' '), y: temperatureC };
  });
  const options = { forecaster: engineForecaster(shippedPrior()), maxPoints: 100_000 };
  return msOf(() => predict({ latitude: SITE.latitude, longitude: SITE.longitude, data }, options));
}
