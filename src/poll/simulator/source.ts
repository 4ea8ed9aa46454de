import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import type { Observation } from '../../weather/observation.ts';
import type { Place } from '../../weather/place.ts';
import type { ProviderForecast } from '../../weather/prediction.ts';
import { QUANTITIES, QUANTITY_NAMES, type QuantityValues } from '../../weather/quantity.ts';
import type { FetchResult, Reading, Source } from '../source.ts';
import type { SimulatorOptions } from './config.ts';
import { forecastErrorC, newestRunAt, runSeed } from './model-run.ts';
import { type Atmosphere, atmosphere, type SimulatedWeather } from './weather.ts';

const MODEL = 'synthetic-6h';
const LEADS = 48;

/**
 * The weather of the demo: readings straight from the synthetic atmosphere, no HTTP between. Answers every slot at once
 * and exactly, looks back for a year, has no quota, and forecasts 48 h once per model run with an error that grows with
 * the lead. Everything it gives is a function of (seed, place, instant).
 */
export function simulatorSource(options: SimulatorOptions): Source {
  const air = atmosphere(options.seed);
  const givenRunAt = new Map<string, Instant>();
  return {
    id: 'simulator',
    capabilities: {
      kind: 'observation',
      quantities: QUANTITY_NAMES,
      placesPerCall: 1000,
      costOf: () => 0,
      backfillCostOf: () => 0,
      quota: [],
      credential: '-',
      lookBackMs: 366 * DAY_MS,
      backfillSpanMs: 7 * DAY_MS,
      publishedEveryMs: MINUTE_MS,
      ownTimes: false,
      attribution: {
        text: 'Simulated weather: nothing here was measured.',
        url: '',
        licence: 'none',
      },
    },
    async fetch(places, slotAt, { clock }): Promise<FetchResult> {
      const receivedAt = clock.now();
      const runAt = newestRunAt(slotAt);
      const due = places.filter((place) => givenRunAt.get(place.id) !== runAt);
      for (const place of due) givenRunAt.set(place.id, runAt);
      return {
        readings: places.map((place) => simulatedReading(air, place, slotAt, receivedAt)),
        forecasts: due.map((place) => simulatedForecast(air, place, runAt, receivedAt)),
        failures: [],
      };
    },
    async backfill(places, slots, { clock }): Promise<FetchResult> {
      const receivedAt = clock.now();
      const readings = slots.flatMap((slotAt) =>
        slotAt > receivedAt ? [] : places.map((place) => simulatedReading(air, place, slotAt, receivedAt)),
      );
      return { readings, forecasts: [], failures: [] };
    },
    async probe() {
      return [{ ok: true, finding: 'The simulator answers without a network.', code: null, cure: null }];
    },
  };
}

/** The weather as quantities, rounded as a good provider rounds; rain and snow are absent when none falls. */
export function quantityValues(weather: SimulatedWeather): QuantityValues {
  const values = {} as Record<keyof QuantityValues, number | null>;
  for (const name of QUANTITY_NAMES) {
    const scale = 10 ** Math.max(1, QUANTITIES[name].decimals);
    values[name] = Math.round(weather[name] * scale) / scale;
  }
  if (values.rain1hMm === 0) values.rain1hMm = null;
  if (values.snow1hMm === 0) values.snow1hMm = null;
  return values;
}

function simulatedReading(air: Atmosphere, place: Place, slotAt: Instant, receivedAt: Instant): Reading {
  const weather = air.at(place, slotAt);
  const observation: Observation = {
    placeId: place.id,
    validAt: slotAt,
    slotAt,
    receivedAt,
    source: 'simulator',
    kind: 'observation',
    issuedAt: null,
    values: quantityValues(weather),
    condition: { id: weather.conditionId, description: null, icon: null },
    sunriseAt: null,
    sunsetAt: null,
    flags: [],
  };
  return { observation, stale: false };
}

function simulatedForecast(air: Atmosphere, place: Place, runAt: Instant, receivedAt: Instant): ProviderForecast {
  const validAt = Array.from({ length: LEADS }, (_, lead) => runAt + (lead + 1) * HOUR_MS);
  const weathers = validAt.map((at) => air.at(place, at));
  const ofRun = runSeed(air.seed, MODEL, place.latitude, place.longitude, runAt);
  return {
    placeId: place.id,
    source: 'simulator',
    model: MODEL,
    issuedAt: runAt,
    receivedAt,
    validAt,
    values: {
      temperatureC: weathers.map((weather, lead) => {
        return Math.round((weather.temperatureC + forecastErrorC(ofRun, lead + 1)) * 10) / 10;
      }),
      humidityPct: weathers.map((weather) => Math.round(weather.humidityPct)),
      windSpeedMps: weathers.map((weather) => Math.round(weather.windSpeedMps * 10) / 10),
      rain1hMm: weathers.map((weather) => Math.round(weather.rain1hMm * 10) / 10),
    },
  };
}
