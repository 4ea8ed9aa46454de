import { z } from 'zod';

/** Options of the poll stage. */
export const pollOptions = z.strictObject({
  everyMinutes: z
    .number()
    .int()
    .min(1)
    .max(1440)
    .default(15)
    .describe(
      'How often every place is asked for, minutes. Slots lie on the wall clock in UTC, counted from midnight.',
    ),
  onQuota: z
    .enum(['stretch', 'strict'])
    .default('stretch')
    .describe(
      'When the cadence would overspend the provider\'s quota: "stretch" takes the shortest one that fits and says so, "strict" refuses to start.',
    ),
  lookBackHours: z
    .number()
    .min(0)
    .max(2400)
    .default(48)
    .describe('How far back holes are filled, hours, on start and every hour after it. 0: never.'),
  historyHours: z
    .number()
    .min(0)
    .max(2400)
    .default(0)
    .describe(
      'How far before its very first slot a new data folder is filled, hours. 0: it begins with the first slot.',
    ),
  graceMinutes: z
    .number()
    .min(0)
    .max(1440)
    .default(5)
    .describe('A reading that arrives later than this after its slot is "late", minutes.'),
  spreadSeconds: z
    .number()
    .min(0)
    .max(600)
    .default(120)
    .describe(
      'Calls of a slot are spread with jitter over at most this time after it, seconds, and over at most a fifth of the slot.',
    ),
  attempts: z
    .number()
    .int()
    .min(1)
    .max(50)
    .default(10)
    .describe('How often a place is asked of one source within a slot, first try included.'),
  firstRetrySeconds: z
    .number()
    .min(0.1)
    .max(600)
    .default(2)
    .describe('Least pause before another try, seconds; pauses grow from it with jitter.'),
  longestRetrySeconds: z.number().min(0.1).max(3600).default(120).describe('Longest pause between two tries, seconds.'),
  timeoutSeconds: z.number().min(1).max(300).default(30).describe('Bound on one call, headers and body, seconds.'),
  concurrentCalls: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('Calls to one source that may be under way at the same time.'),
  quotaReserveShare: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.05)
    .describe(
      "Share of the provider's quota that the plan leaves free, for second tries, for filling holes, and for others who use the same key.",
    ),
  onceForecast: z
    .boolean()
    .default(true)
    .describe(
      "Keep a provider's own forecast once per model run (at most hourly where the provider does not name its runs) instead of after every call.",
    ),
});

export type PollOptions = z.infer<typeof pollOptions>;
