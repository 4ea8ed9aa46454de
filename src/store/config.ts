import { z } from 'zod';

/** Where rows are kept, and for how long. */
export const storeOptions = z.strictObject({
  kind: z
    .enum(['sqlite', 'mongodb'])
    .default('sqlite')
    .describe('The store: "sqlite" is a file in the data folder, "mongodb" the database that `mongodb` names.'),
  retentionDays: z
    .number()
    .int()
    .min(1)
    .max(36_500)
    .nullable()
    .default(null)
    .describe(
      'How many days of readings, slots and forecasts are kept, counted from the instant they describe. null: for ever.',
    ),
  eventsKept: z
    .number()
    .int()
    .min(1_000)
    .max(10_000_000)
    .default(200_000)
    .describe('How many of the newest events are kept: what the program did, for people to search.'),
  backupFolder: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('A folder that receives a backup every day at 00:00 UTC. null: none is made.'),
  backupKeep: z
    .number()
    .int()
    .min(1)
    .max(3650)
    .default(7)
    .describe('How many daily backups stay in backupFolder; the oldest go first.'),
});

export type StoreOptions = z.infer<typeof storeOptions>;
