import { z } from 'zod';

/** Options of the dead-man's switch (`heartbeat` in the configuration). */
export const heartbeatOptions = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .meta({ secret: true })
    .describe(
      'Asked for after each good evaluation, so that a service elsewhere (Healthchecks, Uptime Kuma push) notices when the watch itself has died.',
    ),
  timeoutMs: z.number().int().min(500).max(60_000).default(10_000).describe('Bound on one call, in milliseconds.'),
});

export type HeartbeatOptions = z.infer<typeof heartbeatOptions>;
