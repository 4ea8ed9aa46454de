import { toRfc3339 } from '../../core/time.ts';
import { quarantineReply } from '../contract.ts';
import { payloadReply } from '../payload.ts';
import { instantOf } from '../reply.ts';
import { quarantineQuery } from '../request.ts';
import type { ServeApp, Served } from '../served.ts';

/** What could not be used, and why. */
export function quarantineRoutes(app: ServeApp, { store }: Served): void {
  const schema = {
    tags: ['quarantine'],
    summary: 'Records that could not be used, with their bytes and the reason',
    querystring: quarantineQuery,
    response: { 200: quarantineReply },
  };
  app.get('/api/v1/quarantine', { schema }, async ({ query: { code, limit, cursor } }) => {
    const [page, counts] = await Promise.all([
      store.quarantine.query({
        limit,
        ...(code === undefined ? {} : { code }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
      store.quarantine.count(),
    ]);
    const items = page.items.map(({ value, valueBytes, receivedAt, slotAt, ...entry }) => ({
      ...entry,
      receivedAt: toRfc3339(receivedAt),
      slotAt: instantOf(slotAt),
      ...payloadReply(value, valueBytes),
    }));
    return { items, nextCursor: page.nextCursor, counts: { ...counts } };
  });
}
