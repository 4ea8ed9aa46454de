import { z } from 'zod';

/** Options of OpenWeatherMap (`openweathermap` in the configuration). */
export const openWeatherMapOptions = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://api.openweathermap.org')
    .describe('Where the API is.'),
  key: z
    .string()
    .trim()
    .min(8)
    .nullable()
    .default(null)
    .meta({ secret: true })
    .describe('Your API key. `harmattan doctor` finds which product it opens.'),
  product: z
    .enum(['2.5', '3.0', '4.0', 'auto'])
    .default('2.5')
    .describe(
      'Which API is asked. "2.5": the present weather, with every key, 60 calls a minute. "3.0": any instant since 1979 and forecasts, subscription, 1,000 calls a day free. "4.0": the same under newer subscriptions, holes filled by the hour. "auto": the first of 2.5, 4.0 and 3.0 that the key opens, within the strictest of their limits.',
    ),
  callsPerDay: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(1000)
    .describe('Most calls a day of 3.0, 4.0 and "auto" (UTC); 1,000 are free. Raise it with the cap in your account.'),
  callsPerMinute: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(60)
    .describe('Most calls a minute that your plan allows.'),
  callsPerMonth: z
    .number()
    .int()
    .min(1)
    .default(1_000_000)
    .describe('Most calls a month of 2.5 that your plan allows.'),
  forecastEveryHours: z
    .number()
    .int()
    .min(0)
    .max(24)
    .default(3)
    .describe(
      "How often a call of 3.0 or 4.0 is made in the form that also brings the provider's own forecast. It costs no further call. 0: never.",
    ),
  timeoutMs: z.number().int().min(1000).max(120_000).default(20_000).describe('Bound on one call, in milliseconds.'),
  contact: z
    .string()
    .regex(/^[\x20-\x7e]*$/, 'must be plain ASCII')
    .max(200)
    .nullable()
    .default(null)
    .describe('An address or page where the provider can reach you; it is added to the User-Agent of every call.'),
});

export type OpenWeatherMapOptions = z.output<typeof openWeatherMapOptions>;
