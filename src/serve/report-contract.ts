import { z } from 'zod';
import { QUANTITIES, QUANTITY_NAMES, type Quantity } from '../weather/quantity.ts';

/** `POST /api/v1/places/{id}/observations`: what a sender's own instruments read. */

/** Readings that one request may carry. */
export const MOST_READINGS = 1000;

const instant = z.iso.datetime({ offset: true }).meta({ description: 'RFC 3339 with a zone.', pattern: undefined });

const measured = Object.fromEntries(
  QUANTITY_NAMES.map((name) => {
    const { min, max, unit } = QUANTITIES[name];
    return [name, z.number().min(min).max(max).nullable().optional().describe(`Unit ${unit} (UCUM).`)];
  }),
) as Record<Quantity, z.ZodOptional<z.ZodNullable<z.ZodNumber>>>;

const { min, max } = QUANTITIES.temperatureC;

export const reportedReading = z.strictObject({
  validAt: instant,
  ...measured,
  temperatureC: z.number().min(min).max(max).describe('°C. A reading without a temperature is none.'),
});

export const reportReply = z.object({
  accepted: z.int().describe('Readings that are in the journal for good; they are stored within moments.'),
});

export type ReportedReading = z.infer<typeof reportedReading>;
