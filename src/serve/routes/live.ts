import { z } from 'zod';
import { HarmattanError } from '../../core/errors.ts';
import type { LiveHub } from '../live.ts';
import { noQuery } from '../request.ts';
import type { ServeApp, Served } from '../served.ts';

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // nginx would collect events until its buffer is full.
  'x-accel-buffering': 'no',
} as const;

/** The server-sent events: `observation`, `forecast`, `slot`, `alert`, `beat`, and `reset` when events were lost. */
export function liveRoutes(app: ServeApp, { options }: Served, hub: LiveHub): void {
  const schema = {
    tags: ['live'],
    summary: 'What changes, as server-sent events',
    description:
      'Events `observation`, `forecast`, `slot`, `alert`, and `reset` (events were lost: read again). `id:` is the place to go on from; `Last-Event-ID` replays what came after it. Every 20 s comes a comment, and `beat` without an `id:`, with the time.',
    querystring: noQuery,
    headers: z.object({
      'last-event-id': z
        .string()
        .regex(/^[A-Za-z0-9._-]{0,200}$/, 'is not an id of ours')
        .optional(),
    }),
    response: { 200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } } },
  };
  app.get('/api/v1/live', { schema, exposeHeadRoute: false }, async (request, reply) => {
    if (hub.clients >= options.liveClients)
      throw new HarmattanError('HMT_HTTP_BUSY', { detail: 'Too many live listeners.', retryAfterMs: 30_000 });
    const lastEventId = request.headers['last-event-id'] || null;
    reply.hijack();
    // The raw response, so that nothing compresses or collects what is written.
    reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...HEADERS });
    await hub.join(reply.raw, lastEventId);
  });
  app.head('/api/v1/live', { schema: { hide: true } as object }, async (_request, reply) =>
    reply.headers(HEADERS).send(),
  );
}
