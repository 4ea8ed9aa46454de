import { z } from 'zod';
import { health, readiness, statusReply as statusSchema } from '../contract.ts';
import type { LiveHub } from '../live.ts';
import type { PromMeter } from '../meter.ts';
import { readGauges } from '../metrics.ts';
import { noQuery } from '../request.ts';
import type { ServeApp, Served } from '../served.ts';
import { statusReply } from '../status.ts';

/** Whether it runs, whether it is ready, how it does. The first three are what machines ask, often: no rate limit. */
export function statusRoutes(app: ServeApp, served: Served, meter: PromMeter, hub: LiveHub): void {
  const { store, places, program, clock } = served;
  const machine = { config: { rateLimit: false as const } };

  const live = { tags: ['status'], summary: 'Whether the process answers', response: { 200: health } };
  app.get('/healthz', { ...machine, schema: live }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { status: 'ok' as const };
  });

  const ready = {
    tags: ['status'],
    summary: 'Whether the program is ready, and what is missing',
    response: { 200: readiness, 503: readiness },
  };
  app.get('/readyz', { ...machine, schema: ready }, async (_request, reply) => {
    const reasons = [...(await program.reasons())];
    reply.header('cache-control', 'no-store');
    if (reasons.length > 0) reply.code(503).header('retry-after', 5);
    return { ready: reasons.length === 0, reasons };
  });

  const metrics = {
    tags: ['status'],
    summary: 'Metrics in OpenMetrics',
    response: {
      200: { description: 'OpenMetrics', content: { 'application/openmetrics-text': { schema: z.string() } } },
    },
  };
  app.get('/metrics', { ...machine, schema: metrics }, async (_request, reply) => {
    await readGauges(served, meter, hub);
    reply.header('cache-control', 'no-store').type(meter.contentType);
    return meter.expose();
  });

  const status = {
    tags: ['status'],
    summary: 'How the program does: one sentence, stages, slots, quota',
    querystring: noQuery,
    response: { 200: statusSchema },
  };
  app.get('/api/v1/status', { schema: status }, () => statusReply({ store, places, program, now: clock.now() }));
}
