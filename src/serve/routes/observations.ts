import { HarmattanError } from '../../core/errors.ts';
import { toRfc3339 } from '../../core/time.ts';
import { QUANTITIES } from '../../weather/quantity.ts';
import { historyReply, observation, observationsReply } from '../contract.ts';
import { observationReply } from '../reply.ts';
import { historyQuery, noQuery, observationsQuery, placeParams } from '../request.ts';
import { attributions, placeOf, rangeIn, type ServeApp, type Served } from '../served.ts';

/** Stored readings of one place: row by row, the newest, and in buckets. */
export function observationRoutes(app: ServeApp, served: Served): void {
  const { store, program, clock } = served;

  const rows = {
    tags: ['observations'],
    summary: 'Stored readings, oldest first; by default the last 24 hours',
    params: placeParams,
    querystring: observationsQuery,
    response: { 200: observationsReply },
  };
  app.get('/api/v1/places/:id/observations', { schema: rows }, async ({ params, query }) => {
    const place = placeOf(served, params.id);
    const { limit, which, cursor } = query;
    const range = rangeIn(query, clock.now());
    const { items, nextCursor } = await store.observations.query({
      placeId: place.id,
      ...range,
      limit,
      which,
      ...(cursor === undefined ? {} : { cursor }),
    });
    return {
      items: items.map((row) => observationReply(row, place)),
      nextCursor,
      attribution: attributions(program),
    };
  });

  const newest = {
    tags: ['observations'],
    summary: 'The newest reading',
    params: placeParams,
    querystring: noQuery,
    response: { 200: observation },
  };
  app.get('/api/v1/places/:id/observations/latest', { schema: newest }, async ({ params }) => {
    const place = placeOf(served, params.id);
    const row = (await store.observations.latest([place.id])).get(place.id);
    if (!row) throw new HarmattanError('HMT_HTTP_NOT_FOUND', { detail: `${place.name} has no reading yet.` });
    return observationReply(row, place);
  });

  const history = {
    tags: ['observations'],
    summary: 'One quantity in at most 400 buckets with min, mean and max; by default the last 24 hours',
    params: placeParams,
    querystring: historyQuery,
    response: { 200: historyReply },
  };
  app.get('/api/v1/places/:id/history', { schema: history }, async ({ params, query }) => {
    const place = placeOf(served, params.id);
    const { quantity, points } = query;
    const { from, to } = rangeIn(query, clock.now());
    const buckets = await store.observations.history(place.id, quantity, from, to, points);
    return {
      placeId: place.id,
      quantity,
      unit: QUANTITIES[quantity].unit,
      from: toRfc3339(from),
      to: toRfc3339(to),
      widthSeconds: (to - from) / points / 1000,
      items: buckets.map(({ at, min, mean, max, count }) => ({ at: toRfc3339(Math.round(at)), min, mean, max, count })),
      attribution: attributions(program),
    };
  });
}
