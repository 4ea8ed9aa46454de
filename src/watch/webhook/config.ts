import { z } from 'zod';
import { channelOptions } from '../channel-options.ts';

/** Options of the generic webhook (`webhook` in the configuration). */
export const webhookOptions = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .meta({ secret: true })
    .describe('Where alerts are posted as JSON; /schemas/alert-message.json is the shape.'),
  secret: z
    .string()
    .min(16)
    .max(500)
    .nullable()
    .default(null)
    .meta({ secret: true })
    .describe('Signs every body: Harmattan-Signature is t=<seconds>,v1=<hex HMAC-SHA256 of "<seconds>.<body>">.'),
  timeoutMs: z.number().int().min(1000).max(120_000).default(15_000).describe('Bound on one call, in milliseconds.'),
  ...channelOptions,
});

export type WebhookOptions = z.infer<typeof webhookOptions>;
