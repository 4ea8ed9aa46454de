import { z } from 'zod';

const MIB = 1024 * 1024;

/** Where arrivals are written before anything else, and how long they stay there. */
export const journalOptions = z.strictObject({
  kind: z
    .enum(['sqlite', 'kafka'])
    .default('sqlite')
    .describe('The journal: "sqlite" is a file in the data folder, "kafka" the topics of the section kafka.'),
  partitions: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('How many partitions a topic has when it is made; records of one place stay in one of them, in order.'),
  retentionDays: z
    .number()
    .min(0)
    .max(36_500)
    .default(30)
    .describe(
      'How many days records are kept after they were appended. Unprocessed records are never dropped; Kafka drops by age and size alone.',
    ),
  retentionBytes: z
    .number()
    .int()
    .min(MIB)
    .default(2048 * MIB)
    .describe('How many bytes all records together may take; beyond it the oldest processed records go first.'),
  optionalHoldDays: z
    .number()
    .min(0)
    .max(36_500)
    .default(7)
    .describe(
      'How many days longer than retentionDays a record is kept that an optional reader (the search index) has not read, within retentionBytes. What is dropped then is counted as lost for that reader.',
    ),
  maxRecordBytes: z
    .number()
    .int()
    .min(10_000_000)
    .max(512 * MIB)
    .default(16 * MIB)
    .describe('The longest record that is accepted.'),
});

export type JournalOptions = z.infer<typeof journalOptions>;
