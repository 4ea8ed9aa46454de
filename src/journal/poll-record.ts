import { z } from 'zod';
import { MISSING_REASONS } from '../ledger/ledger.ts';

/**
 * The message of the `polls` topic: what one round (or one backfill) of one source could not deliver, and how it went.
 * Readings themselves travel on `observations`; a replay of both topics rebuilds the ledger.
 */
export const pollRecord = z.object({
  source: z.string(),
  /** The slot of the round; for a backfill the first slot it asked for. */
  slotAt: z.number().int(),
  startedAt: z.number().int(),
  finishedAt: z.number().int(),
  backfill: z.boolean(),
  /** Quota units charged. */
  cost: z.number(),
  calls: z.number().int(),
  readings: z.number().int(),
  /** Slots nobody will ask for again by plan, with why. */
  missing: z.array(
    z.object({
      placeId: z.string(),
      slotAt: z.number().int(),
      reason: z.enum(MISSING_REASONS),
      code: z.string().nullable(),
    }),
  ),
  /** A body that its source could not decode: its bytes, secrets scrubbed. */
  undecodable: z
    .array(
      z.object({
        placeIds: z.array(z.string()),
        slotAts: z.array(z.number().int()),
        code: z.string(),
        detail: z.string(),
        bodyBase64: z.string(),
        bodyBytes: z.number().int(),
      }),
    )
    .default([]),
});

export type PollRecord = z.infer<typeof pollRecord>;
