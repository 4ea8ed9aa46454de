import { slotsReply } from '../contract.ts';
import { slotReply } from '../reply.ts';
import { slotsQuery } from '../request.ts';
import { checkPlace, rangeIn, type ServeApp, type Served } from '../served.ts';

/** The ledger: what was expected, and what became of it. */
export function slotRoutes(app: ServeApp, served: Served): void {
  const { store, clock } = served;
  const schema = {
    tags: ['slots'],
    summary: 'Expected slots and their states, oldest first; by default the last 24 hours',
    querystring: slotsQuery,
    response: { 200: slotsReply },
  };
  app.get('/api/v1/slots', { schema }, async ({ query }) => {
    const placeId = checkPlace(served, query.place);
    const { from, to } = rangeIn(query, clock.now());
    const [page, counts] = await Promise.all([
      store.slots.query({
        from,
        to,
        limit: query.limit,
        ...(placeId === undefined ? {} : { placeId }),
        ...(query.state === undefined ? {} : { states: [query.state] }),
        ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
      }),
      store.slots.count(from, to, placeId),
    ]);
    return { items: page.items.map(slotReply), nextCursor: page.nextCursor, counts: { ...counts } };
  });
}
