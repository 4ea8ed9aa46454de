import { z } from 'zod';
import { SLOT_STATES, type SlotState } from '../ledger/ledger.ts';
import { QUANTITIES, QUANTITY_NAMES, type Quantity } from '../weather/quantity.ts';

/**
 * Every reply of the HTTP API (`request.ts` has the requests). The only file of the program that a browser may import. Times are RFC 3339
 * in UTC, numbers SI with the unit in the name, `null` is "not measured". Names are only ever added.
 */

const quantityNames = QUANTITY_NAMES as [Quantity, ...Quantity[]];
const slotStates = SLOT_STATES as [SlotState, ...SlotState[]];

const instant = z.iso.datetime().meta({ description: 'RFC 3339, UTC.', pattern: undefined });
const maybeInstant = instant.nullable();
const number = z.number().nullable();
const text = z.string();
const sentence = z.object({ fr: text, en: text });
const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: text.nullable().describe('Ask again with it; null on the last page.') });

export const attribution = z.object({ source: text, text, url: text, licence: text });

const quantityValues = Object.fromEntries(
  QUANTITY_NAMES.map((name) => [name, number.describe(`Unit ${QUANTITIES[name].unit} (UCUM).`)]),
) as Record<Quantity, typeof number>;

export const observation = z.object({
  placeId: text,
  validAt: instant,
  receivedAt: instant,
  source: text,
  kind: z.enum(['observation', 'analysis']),
  ...quantityValues,
  slotAt: maybeInstant,
  issuedAt: maybeInstant,
  conditionId: z.int().nullable(),
  conditionMain: text.nullable(),
  condition: text.nullable(),
  conditionFr: text.nullable(),
  conditionIcon: text.nullable(),
  sunriseAt: maybeInstant,
  sunsetAt: maybeInstant,
  flags: z.array(z.object({ quantity: z.enum(quantityNames), reason: text, original: z.number() })),
  corrections: z.int(),
});

/** `fresh`, `late` and `missing` follow from the reading's age, or its slot's where that is later, and as the watch has it; `empty`: there has never been one. */
export const freshness = z.enum(['fresh', 'late', 'missing', 'empty']);

export const coming = z.object({
  validAt: instant,
  meanC: z.number(),
  lowC: number.describe('With `highC`: holds the temperature 8 times in 10.'),
  highC: number,
});

export const place = z.object({
  id: text,
  name: text,
  names: sentence,
  latitude: z.number(),
  longitude: z.number(),
  elevationM: number,
  landscape: text.nullable(),
  icao: text.nullable(),
  timeZone: text,
  state: freshness,
  ageSeconds: number,
  latest: observation.nullable(),
});
export const placeDetail = place.extend({ nextHours: z.array(coming) });
export const placesReply = page(place).extend({ attribution: z.array(attribution) });
export const observationsReply = page(observation).extend({ attribution: z.array(attribution) });

export const historyReply = z.object({
  placeId: text,
  quantity: z.enum(quantityNames),
  unit: text,
  from: instant,
  to: instant,
  widthSeconds: z.number(),
  items: z.array(z.object({ at: instant, min: z.number(), mean: z.number(), max: z.number(), count: z.int() })),
  attribution: z.array(attribution),
});

export const forecastReply = z.object({
  placeId: text,
  issuedAt: instant,
  model: text,
  tier: text,
  calibration: z.enum(['prior', 'local']),
  source: text,
  levels: z.array(z.number()),
  hours: z.array(
    z.object({
      validAt: instant,
      leadHours: z.number(),
      meanC: z.number(),
      quantilesC: z.array(z.number()).nullable().describe('One per level, ascending; null where no band is kept.'),
    }),
  ),
  attribution: z.array(attribution),
});
export const slot = z.object({
  placeId: text,
  slotAt: instant,
  state: z.enum(slotStates),
  reason: text.nullable(),
  detail: text.nullable(),
  arrivedAt: maybeInstant,
  lateSeconds: number.describe('Arrival minus slot; null until it arrives.'),
  validAt: maybeInstant,
  source: text.nullable(),
});
export const slotCounts = z.object(
  Object.fromEntries(slotStates.map((state) => [state, z.int()])) as Record<SlotState, z.ZodInt>,
);
export const slotsReply = page(slot).extend({ counts: slotCounts });

export const stage = z.object({
  name: text,
  running: z.boolean(),
  lagMessages: number,
  lagSeconds: number,
  lastSuccessAt: maybeInstant,
});
export const worker = z.object({
  host: text,
  pid: z.int(),
  roles: z.array(text),
  startedAt: instant,
  seenAt: instant,
  holdings: z.array(z.object({ group: text, topic: text, partitions: z.array(z.int()) })),
});
export const quotaUse = z.object({
  window: z.enum(['minute', 'hour', 'day', 'month']),
  limit: z.number(),
  used: z.number(),
  left: z.number(),
  resetsAt: instant,
});
export const statusReply = z.object({
  at: instant,
  version: text,
  mode: z.enum(['live', 'demo', 'offline-demo']),
  simulated: z.boolean(),
  startedAt: instant,
  ready: z.boolean(),
  reasons: z.array(text),
  sentence,
  notice: sentence.nullable(),
  plan: text.nullable(),
  nextAttemptAt: maybeInstant,
  cadence: z
    .object({ everySeconds: z.number(), lateAfterSeconds: z.number(), missingAfterSeconds: z.number() })
    .nullable()
    .describe('Ages at which a reading turns late and missing; null where nothing is expected.'),
  places: z.object({ total: z.int(), fresh: z.int(), late: z.int(), missing: z.int(), empty: z.int() }),
  observations: z.object({ count: z.int(), from: maybeInstant, to: maybeInstant }),
  stages: z.array(stage),
  workers: z.array(worker).describe('Every process that works on the store, with the partitions that it reads.'),
  slots: z.object({ from: instant, to: instant, counts: slotCounts }),
  quarantine: z.object({ total: z.int(), byCode: z.record(text, z.int()) }),
  sources: z.array(
    z.object({
      id: text,
      kind: z.enum(['observation', 'analysis']),
      attribution: attribution.omit({ source: true }),
      quota: z.array(quotaUse),
    }),
  ),
});

export const message = z.object({
  id: text,
  topic: text,
  partition: z.int(),
  offset: z.int(),
  key: text.nullable(),
  appendedAt: instant,
  headers: z.record(text, text),
  value: text.nullable().describe('The bytes as text; null when they are not UTF-8.'),
  valueBase64: text.nullable().describe('The bytes where they are not UTF-8.'),
  valueBytes: z.int(),
  truncated: z.boolean(),
});
export const messagesReply = page(message);

export const quarantineEntry = z.object({
  id: text,
  topic: text,
  partition: z.int(),
  offset: z.int(),
  item: z.int(),
  receivedAt: instant,
  code: text,
  detail: text,
  placeId: text.nullable(),
  slotAt: maybeInstant,
  source: text.nullable(),
  value: text.nullable(),
  valueBase64: text.nullable(),
  valueBytes: z.int(),
  truncated: z.boolean(),
});
export const quarantineReply = page(quarantineEntry).extend({ counts: z.record(text, z.int()) });

export const quarantineReplayReply = z.object({
  dryRun: z.boolean(),
  replayed: z.array(text).describe('Entries whose bytes are (or would be) in the journal again.'),
  left: z.array(z.object({ id: text, why: text })),
});

// --- live events ---

export const liveObservation = observation.extend({ correction: z.boolean(), since: maybeInstant });
export const liveForecast = z.object({
  placeId: text,
  issuedAt: instant,
  model: text,
  tier: text,
  nextHours: z.array(coming),
});
export const liveBeat = z.object({ at: instant.describe('The program’s clock.') });
export const liveReset = z.object({ reason: text }).describe('Events were lost: read again what is shown.');

// --- everything else ---

export const problem = z.object({
  type: text,
  title: text,
  status: z.int(),
  code: text.describe('Stable: branch on it, never on the text.'),
  detail: text,
  field: text.optional().describe('The input field that is wrong.'),
  cure: text,
});
export const health = z.object({ status: z.literal('ok') });
export const readiness = z.object({ ready: z.boolean(), reasons: z.array(text) });

export type Problem = z.infer<typeof problem>;
export type ObservationReply = z.infer<typeof observation>;
export type Freshness = z.infer<typeof freshness>;
export type Coming = z.infer<typeof coming>;
export type PlaceReply = z.infer<typeof place>;
export type PlaceDetail = z.infer<typeof placeDetail>;
export type ForecastReply = z.infer<typeof forecastReply>;
export type SlotReply = z.infer<typeof slot>;
export type StatusReply = z.infer<typeof statusReply>;
export type MessageReply = z.infer<typeof message>;
export type QuarantineReply = z.infer<typeof quarantineEntry>;
export type Attribution = z.infer<typeof attribution>;
