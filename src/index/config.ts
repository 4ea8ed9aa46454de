import { z } from 'zod';

/** Whether readings are copied to a search engine, and how. */
export const indexOptions = z.strictObject({
  kind: z
    .enum(['none', 'elasticsearch'])
    .default('none')
    .describe('The search index: "elasticsearch" is Elasticsearch or OpenSearch, which take the same requests.'),
  batchRecords: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(1000)
    .describe('Most journal records sent to the search engine in one request.'),
  batchBytes: z
    .number()
    .int()
    .min(64 * 1024)
    .max(64 * 1024 * 1024)
    .default(8 * 1024 * 1024)
    .describe('Most bytes of journal records read for one request; a longer single record still comes, alone.'),
  atStart: z
    .enum(['wait', 'exit'])
    .default('wait')
    .describe(
      'When the search engine cannot be used at start: "wait" tries again for ever, "exit" says why and ends with exit code 3. Once running it always waits.',
    ),
});

export type IndexOptions = z.infer<typeof indexOptions>;
