import { z } from 'zod';

/** Options of Open-Meteo (`openMeteo` in the configuration). */
export const openMeteoOptions = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://api.open-meteo.com')
    .describe('Where the forecast API and the model metadata are. With a key and this default, the customer host.'),
  archiveBaseUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://archive-api.open-meteo.com')
    .describe(
      'Where the archive is, which fills holes older than 92 days. With a key and this default, the customer host.',
    ),
  key: z
    .string()
    .trim()
    .min(8)
    .nullable()
    .default(null)
    .meta({ secret: true })
    .describe(
      'Key of a paid plan. Without one the free host is asked: non-commercial use, 10,000 units a day per IP address.',
    ),
  models: z
    .array(z.string().regex(/^[a-z0-9_]+$/, 'is not the name of a model'))
    .min(1)
    .max(5)
    .default(['best_match'])
    .describe(
      "The provider's names of the weather models, in order of preference: a place takes the first one that covers it. Only a named model has a run time, so that a model that stopped is seen; each model costs as much again.",
    ),
  forecastHours: z
    .number()
    .int()
    .min(0)
    .max(168)
    .default(48)
    .describe("How many hours of the provider's own forecast are kept, in the same call. 0: none."),
  forecastEveryHours: z
    .number()
    .int()
    .min(1)
    .max(24)
    .default(3)
    .describe("How often the provider's forecast is kept where no model run is known; a named model's once per run."),
  placesPerCall: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(300)
    .describe(
      'Most places asked for in one call. Batching saves calls, not quota; the free host takes 1,000 but allows 600 units a minute, and a place costs two.',
    ),
  monthlyUnits: z
    .number()
    .int()
    .min(1)
    .default(1_000_000)
    .describe('Units a month that the plan of the key includes. Without a key the limits of the free host hold.'),
  timeoutMs: z.number().int().min(1000).max(120_000).default(30_000).describe('Bound on one call, in milliseconds.'),
  contact: z
    .string()
    .regex(/^[\x20-\x7e]*$/, 'must be plain ASCII')
    .max(200)
    .nullable()
    .default(null)
    .describe('An address or page where the provider can reach you; it is added to the User-Agent of every call.'),
});

export type OpenMeteoOptions = z.output<typeof openMeteoOptions>;
