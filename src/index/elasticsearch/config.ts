import { z } from 'zod';

const withoutCredentials = (url: string) => {
  const { username, password } = new URL(url);
  return username === '' && password === '';
};

/** Options of the search engine (`elasticsearch` in the configuration). */
export const elasticsearchOptions = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .refine(withoutCredentials, 'must hold no user and password: put them into username and password')
    .default('http://127.0.0.1:9200')
    .describe('Where Elasticsearch or OpenSearch answers.'),
  index: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be lower-case letters, digits, ".", "_" and "-"')
    .default('logs')
    .describe('The index; with a rollover the alias over all of its periods.'),
  username: z.string().min(1).nullable().default(null).describe('User name for the engine; null: none.'),
  password: z.string().min(1).nullable().default(null).meta({ secret: true }).describe('Password of that user.'),
  apiKey: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({ secret: true })
    .describe('An API key (the encoded form) instead of a user and password.'),
  rollover: z
    .enum(['none', 'month', 'day'])
    .default('none')
    .describe(
      'One index, or one per month or day of the valid time (`logs-2026.11`) behind an alias with the index’s name.',
    ),
  retentionDays: z
    .number()
    .int()
    .min(1)
    .max(36_500)
    .nullable()
    .default(null)
    .describe('How many days documents are kept, counted from their valid time. null: for ever.'),
  attempts: z
    .number()
    .int()
    .min(1)
    .max(50)
    .default(8)
    .describe('How often a document that the engine was too busy for is sent before the whole batch is read again.'),
  timeoutMs: z.number().int().min(100).max(600_000).default(30_000).describe('Bound on one request, in milliseconds.'),
});

export type ElasticsearchOptions = z.infer<typeof elasticsearchOptions>;
