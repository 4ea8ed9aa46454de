import { toRfc3339 } from '../../core/time.ts';
import type { StoredEvent } from '../../store/event-log.ts';
import { eventsReply } from '../event-contract.ts';
import { eventsQuery } from '../request.ts';
import { checkPlace, rangeIn, type ServeApp, type Served } from '../served.ts';

/** What the program did: polls, corrections, quarantine, alerts, deliveries. */
export function eventRoutes(app: ServeApp, served: Served): void {
  const { store, clock } = served;
  const schema = {
    tags: ['events'],
    summary: 'What the program did, the newest first; by default the last 24 hours',
    querystring: eventsQuery,
    response: { 200: eventsReply },
  };
  app.get('/api/v1/events', { schema }, async ({ query }) => {
    const placeId = checkPlace(served, query.place);
    const range = {
      ...rangeIn(query, clock.now()),
      ...(placeId === undefined ? {} : { placeId }),
      ...(query.stage === undefined ? {} : { stage: query.stage }),
      ...(query.level === undefined ? {} : { level: query.level }),
    };
    const { items, nextCursor } = await store.events.query({
      ...range,
      limit: query.limit,
      ...(query.q === undefined ? {} : { text: query.q }),
      ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
    });
    const bars = query.bars === 0 ? [] : await store.events.histogram(range, query.bars);
    return {
      from: toRfc3339(range.from),
      to: toRfc3339(range.to),
      items: items.map(eventReply),
      nextCursor,
      bars: bars.map(({ at, ...counts }) => ({ at: toRfc3339(at), ...counts })),
    };
  });
}

const eventReply = ({ at, fields, ...event }: StoredEvent) => ({ ...event, at: toRfc3339(at), fields: { ...fields } });
