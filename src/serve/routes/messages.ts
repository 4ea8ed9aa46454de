import { toRfc3339 } from '../../core/time.ts';
import type { JournalRecord } from '../../journal/journal.ts';
import { messagesReply } from '../contract.ts';
import { payloadReply } from '../payload.ts';
import { messagesQuery } from '../request.ts';
import { checkPlace, rangeIn, type ServeApp, type Served } from '../served.ts';

/** Records read from the journal in one go: a page of long ones must not fill the memory. */
const STEP = 20;
/** Reads per request: a search for one place's records may find few in each. */
const STEPS = 40;
/** A page ends early once its records hold this much. */
const PAGE_BYTES = 4_194_304;

/** The journal's messages, as they came. */
export function messageRoutes(app: ServeApp, served: Served): void {
  const { journal, clock } = served;
  const schema = {
    tags: ['journal'],
    summary: 'The journal’s messages by the time of their arrival, oldest first; by default the last 24 hours',
    querystring: messagesQuery,
    response: { 200: messagesReply },
  };
  app.get('/api/v1/messages', { schema }, async ({ query }) => {
    const key = checkPlace(served, query.place);
    const range = { topic: query.topic, ...rangeIn(query, clock.now()), ...(key === undefined ? {} : { key }) };
    const items: ReturnType<typeof messageReply>[] = [];
    let cursor: string | null = query.cursor ?? null;
    let bytes = 0;
    let steps = 0;
    do {
      const limit = Math.min(STEP, query.limit - items.length);
      const page = await journal.browse({ ...range, limit, ...(cursor === null ? {} : { cursor }) });
      for (const record of page.items) {
        bytes += record.value.byteLength;
        items.push(messageReply(record));
      }
      cursor = page.nextCursor;
    } while (cursor !== null && items.length < query.limit && bytes < PAGE_BYTES && ++steps < STEPS);
    return { items, nextCursor: cursor };
  });
}

function messageReply({ topic, partition, offset, key, appendedAt, headers, value }: JournalRecord) {
  return {
    id: `${topic}/${partition}/${offset}`,
    topic,
    partition,
    offset,
    key,
    appendedAt: toRfc3339(appendedAt),
    headers: { ...headers },
    ...payloadReply(value),
  };
}
