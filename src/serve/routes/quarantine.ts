import { toRfc3339 } from '../../core/time.ts';
import { quarantineReplayReply, quarantineReply } from '../contract.ts';
import { payloadReply } from '../payload.ts';
import { instantOf } from '../reply.ts';
import { quarantineQuery, quarantineReplayBody } from '../request.ts';
import type { ServeApp, Served } from '../served.ts';
import { mayWrite, noteWrite } from '../writers.ts';

/** What could not be used, and why; and another try after a fix. */
export function quarantineRoutes(app: ServeApp, served: Served): void {
  const { store, program } = served;
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

  const replay = {
    tags: ['quarantine'],
    summary:
      'Puts quarantined records into the journal again (bearer token, scope `quarantine`); a dry run unless told otherwise',
    body: quarantineReplayBody,
    response: { 200: quarantineReplayReply },
  };
  const onRequest = mayWrite(served, 'quarantine');
  app.post('/api/v1/quarantine/replay', { schema: replay, onRequest }, async (request) => {
    const { ids, code = null, dryRun, reason = null } = request.body;
    const { replayed, left } = await program.replayQuarantine({ ids, code, dryRun });
    if (!dryRun) await noteWrite(served, request, 'quarantine.replay', replayed.join(' ').slice(0, 1000), reason);
    return { dryRun, replayed: [...replayed], left: left.map((one) => ({ ...one })) };
  });
}
