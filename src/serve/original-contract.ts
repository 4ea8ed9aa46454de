import { z } from 'zod';
import { QUANTITIES, QUANTITY_NAMES } from '../weather/quantity.ts';
import { from, idIn, to, whole } from './request.ts';

/** Requests and replies of the original system's clients (original-system.md 4–6). Fields are added, never renamed. */

export const regionParams = z.object({ region: idIn.describe('Name of a region as the original system spells it.') });
export const originalQuery = z.object({
  from,
  to,
  limit: whole(1, 10_000, 5000, 'Most rows; the newest are kept.'),
});
const finite = z.number();
export const predictBody = z
  .looseObject({
    latitude: finite.min(-90).max(90),
    longitude: finite.min(-180).max(180),
    data: z.array(z.looseObject({ ds: z.string().describe('UTC, `2023-07-22 12:54:00`.'), y: finite })).min(1),
    horizon: z.int().min(1).max(96).optional(),
  })
  .meta({ description: 'The original clients’ request; the reply has their shape unless more is asked for.' });

const stamp = z.string().describe('`YYYY-MM-DD HH:MM:SS`, UTC.');
export const originalWeather = z.object({
  ...(Object.fromEntries(
    QUANTITY_NAMES.flatMap((name) => QUANTITIES[name].originalField ?? []).map((field) => [
      field,
      z.number().nullable(),
    ]),
  ) as Record<string, z.ZodNullable<z.ZodNumber>>),
  sunrise: stamp.nullable(),
  sunset: stamp.nullable(),
  description: z.string().nullable(),
  main: z.string().nullable(),
  icon: z.string().nullable(),
  lat: z.number(),
  lon: z.number(),
  region: z.string(),
  timezone: z.string(),
  timestamp: stamp,
});
export const originalPrediction = z.object({ timestamp: stamp, temperature: z.number(), region: z.string() });
export const predictReply = z.looseObject({
  predictions: z.array(z.looseObject({ timestamp: stamp, temperature: z.number() })),
});

export type OriginalWeather = z.infer<typeof originalWeather>;
export type OriginalPrediction = z.infer<typeof originalPrediction>;
