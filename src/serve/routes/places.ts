import { placeDetail, placesReply } from '../contract.ts';
import { readOffset, writeOffset } from '../offset-cursor.ts';
import { comingHours, placeReply } from '../reply.ts';
import { noQuery, placeParams, placesQuery } from '../request.ts';
import { attributions, placeOf, type ServeApp, type Served } from '../served.ts';

/** Places with their newest reading. */
export function placeRoutes(app: ServeApp, served: Served): void {
  const { store, places, program, clock } = served;

  const list = {
    tags: ['places'],
    summary: 'Places with their newest reading',
    querystring: placesQuery,
    response: { 200: placesReply },
  };
  app.get('/api/v1/places', { schema: list }, async ({ query }) => {
    const start = readOffset(query.cursor);
    const page = places.slice(start, start + query.limit);
    const latest = await store.observations.latest(page.map(({ id }) => id));
    const now = clock.now();
    return {
      items: page.map((place) => placeReply(place, latest.get(place.id), program.cadence, now)),
      nextCursor: start + page.length < places.length ? writeOffset(start + page.length) : null,
      attribution: attributions(program),
    };
  });

  const one = {
    tags: ['places'],
    summary: 'One place with its newest reading and the next three hours',
    params: placeParams,
    querystring: noQuery,
    response: { 200: placeDetail.extend({ attribution: placesReply.shape.attribution }) },
  };
  app.get('/api/v1/places/:id', { schema: one }, async ({ params }) => {
    const place = placeOf(served, params.id);
    const [latest, prediction] = await Promise.all([
      store.observations.latest([place.id]),
      store.predictions.newest(place.id),
    ]);
    const now = clock.now();
    return {
      ...placeReply(place, latest.get(place.id), program.cadence, now),
      nextHours: comingHours(prediction, now),
      attribution: attributions(program),
    };
  });
}
