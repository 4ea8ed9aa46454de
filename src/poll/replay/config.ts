import { z } from 'zod';
import { fromRfc3339 } from '../../core/time.ts';

const instant = z.string().refine((text) => fromRfc3339(text) !== null, 'is not a date or an RFC 3339 time');

/** Options of the replay of a recorded feed (`replay` in the configuration). */
export const replayOptions = z.strictObject({
  file: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'What is replayed: an NDJSON or CSV file as `harmattan export` writes it, or a folder with stations.csv and one <file>.csv[.gz] (time_utc,temp_c) per station.',
    ),
  from: instant
    .nullable()
    .default(null)
    .describe('Readings before this are left out. Without it: from the first reading.'),
  to: instant
    .nullable()
    .default(null)
    .describe('Readings from this on are left out. Without it: up to and including the last reading.'),
  everyMinutes: z
    .number()
    .int()
    .min(1)
    .max(1440)
    .nullable()
    .default(null)
    .describe(
      'How often a reading of each place is expected. Without it: the usual step between readings in the recording.',
    ),
  speed: z
    .number()
    .positive()
    .max(1_000_000)
    .default(1)
    .describe('How many seconds of the recording pass in one second.'),
  only: z.array(z.string().min(1)).default([]).describe('Ids of the places that are replayed. Empty: all.'),
});

export type ReplayOptions = z.infer<typeof replayOptions>;
