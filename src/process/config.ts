import { z } from 'zod';

/** Options of the process stage. */
export const processOptions = z.strictObject({
  batchRecords: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(1_500)
    .describe('Most journal records committed as one; live traffic is committed as it comes, in smaller batches.'),
  batchBytes: z
    .number()
    .int()
    .min(64 * 1024)
    .default(8 * 1024 * 1024)
    .describe('Most bytes of journal records committed as one; a longer single record still comes, alone.'),
  futureToleranceMinutes: z
    .number()
    .min(0)
    .default(60)
    .describe("How far a record's valid time may lie after its arrival before the record is quarantined."),
  maxDepth: z
    .number()
    .int()
    .min(2)
    .max(200)
    .default(16)
    .describe('Deepest nesting of arrays and objects that is read; a deeper record is quarantined.'),
  quarantineBytes: z
    .number()
    .int()
    .min(1024)
    .default(1024 * 1024)
    .describe('Most bytes kept of one quarantined record; the journal has the rest as long as its retention lasts.'),
  frozenHours: z
    .number()
    .min(1)
    .max(72)
    .default(6)
    .describe('A temperature that stays the same to the last bit for this long by daylight is flagged as frozen.'),
  jumpC: z
    .number()
    .positive()
    .default(15)
    .describe('A temperature that moves by more than this within the hour, in °C, is flagged as a jump.'),
});

export type ProcessOptions = z.output<typeof processOptions>;
