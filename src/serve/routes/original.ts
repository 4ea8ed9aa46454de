import { z } from 'zod';
import { HarmattanError } from '../../core/errors.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../../core/time.ts';
import { originalReading, stampOf } from '../../weather/original-weather.ts';
import {
  type OriginalPrediction,
  type OriginalWeather,
  originalPrediction,
  originalQuery,
  originalWeather,
  regionParams,
} from '../original-contract.ts';
import { instantIn, placeOfRegion, type ServeApp, type Served } from '../served.ts';

/** How far ahead the original's pages look. */
const AHEAD_MS = 3 * HOUR_MS;
/** How far ahead a forecast reaches: an hour's newest forecast may be this old. */
const REACH_MS = 48 * HOUR_MS;

/** The two paths that the original web app reads (original-system.md 6): arrays, newest last. */
export function originalRoutes(app: ServeApp, served: Served): void {
  const { store, clock } = served;
  const refuseSimulated = async () => {
    if (served.program.mode === 'offline-demo')
      throw new HarmattanError('HMT_HTTP_SIMULATED', { retryAfterMs: 60_000 });
  };

  const weather = {
    tags: ['original clients'],
    summary: 'Readings in the original documents’ shape, newest last; by default the last 24 hours',
    params: regionParams,
    querystring: originalQuery,
    response: { 200: z.array(originalWeather) },
  };
  app.get('/weather/:region', { schema: weather, preHandler: refuseSimulated }, async ({ params, query }) => {
    const place = placeOfRegion(served, params.region);
    const { from, to } = spanOf(query, clock.now(), 0);
    const { items } = await store.observations.query({
      placeId: place.id,
      from,
      to,
      limit: query.limit,
      which: 'reading',
      order: 'desc',
    });
    return items.map((row): OriginalWeather => originalReading(row, place)).reverse();
  });

  const predictions = {
    tags: ['original clients'],
    summary: 'Hourly temperatures as forecast, the coming three hours last',
    params: regionParams,
    querystring: originalQuery,
    response: { 200: z.array(originalPrediction) },
  };
  app.get('/predictions/:region', { schema: predictions, preHandler: refuseSimulated }, async ({ params, query }) => {
    const place = placeOfRegion(served, params.region);
    const { from, to } = spanOf(query, clock.now(), AHEAD_MS);
    const hours = await hourlyPredictions(served, place.id, from, to);
    return hours.slice(-query.limit).map(
      ([at, meanC]): OriginalPrediction => ({
        timestamp: stampOf(at),
        temperature: meanC,
        region: place.name,
      }),
    );
  });
}

function spanOf(query: { from?: string | undefined; to?: string | undefined }, now: Instant, aheadMs: number) {
  const to = instantIn(query.to, 'to') ?? now + aheadMs + 1;
  const from = instantIn(query.from, 'from') ?? Math.min(to, now) - DAY_MS;
  if (from >= to)
    throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', { field: 'from', detail: 'It must lie before `to`.' });
  return { from, to };
}

/** For every full hour of `[from, to)` the newest forecast made for it, oldest hour first. */
async function hourlyPredictions({ store }: Served, placeId: string, from: Instant, to: Instant) {
  const hours = new Map<Instant, number>();
  for await (const { validAt, meanC } of store.predictions.issues(placeId, from - REACH_MS, to)) {
    for (const [lead, at] of validAt.entries()) {
      const mean = meanC[lead];
      if (mean !== undefined && at % HOUR_MS === 0 && at >= from && at < to) hours.set(at, mean);
    }
  }
  return [...hours].sort(([a], [b]) => a - b);
}
