import { z } from 'zod';
import { EVENT_LEVELS } from '../store/event-log.ts';

/** The reply of `/api/v1/events`. */

const instant = z.iso.datetime().meta({ description: 'RFC 3339, UTC.', pattern: undefined });
const count = z.int();

export const event = z.object({
  id: z.int().describe('Ascends in the order of arrival; stable.'),
  at: instant,
  stage: z.string().describe('The empty string for the program as a whole.'),
  level: z.enum(EVENT_LEVELS),
  message: z.string(),
  code: z.string().nullable(),
  placeId: z.string().nullable(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

export const eventsReply = z.object({
  from: instant,
  to: instant,
  items: z.array(event),
  nextCursor: z.string().nullable().describe('Ask again with it; null on the last page.'),
  bars: z
    .array(z.object({ at: instant, info: count, warn: count, error: count }))
    .describe(
      'How many events each of `bars` equal stretches has, by level, whatever `q` says; empty stretches are absent.',
    ),
});

export type EventReply = z.infer<typeof event>;
export type EventsReply = z.infer<typeof eventsReply>;
