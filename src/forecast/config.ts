import { z } from 'zod';

/** Options of the forecast stage. */
export const forecastOptions = z.strictObject({
  horizonHours: z.number().int().min(3).max(96).default(48).describe('How far ahead every place is forecast, hours.'),
  memories: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(2000)
    .describe("How many places' memories are held decoded; the others are read from the store when they are needed."),
  batchEntries: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(2000)
    .describe('Most changes learnt between two commits while catching up.'),
});

export type ForecastOptions = z.output<typeof forecastOptions>;
