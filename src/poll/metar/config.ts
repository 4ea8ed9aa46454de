import { z } from 'zod';

/** Options of METAR reports (`metar` in the configuration). */
export const metarOptions = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://aviationweather.gov')
    .describe('Where the reports of aerodromes are read. No key is needed.'),
  farthestKm: z
    .number()
    .min(1)
    .max(200)
    .default(30)
    .describe(
      'An aerodrome whose own coordinates lie farther from the place than this does not speak for it, kilometres.',
    ),
  timeoutMs: z.number().int().min(1000).max(120_000).default(30_000).describe('Bound on one call, in milliseconds.'),
  contact: z
    .string()
    .regex(/^[\x20-\x7e]*$/, 'must be plain ASCII')
    .max(200)
    .nullable()
    .default(null)
    .describe('An address or page where the provider can reach you; it is added to the User-Agent of every call.'),
});

export type MetarOptions = z.output<typeof metarOptions>;
