import { z } from 'zod';
import { SLOT_STATES, type SlotState } from '../ledger/ledger.ts';
import { EVENT_LEVELS } from '../store/event-log.ts';
import { QUANTITY_NAMES, type Quantity } from '../weather/quantity.ts';

/** What requests may carry in their address. A field that is not here is refused, so that a misspelt one is never silently ignored. */

const WHOLE = /^\d{1,9}$/;

/** A whole number in a URL, with what is meant when it is absent. `z.coerce` would take an empty text for 0 and `1e3` for 1000. */
export const whole = (least: number, most: number, otherwise: number, meaning = '') => {
  const said = `must be a whole number from ${least} to ${most}`;
  return z
    .string(said)
    .regex(WHOLE, said)
    .transform(Number)
    .pipe(z.int().min(least, said).max(most, said))
    .default(otherwise)
    .meta({
      type: 'integer',
      minimum: least,
      maximum: most,
      pattern: undefined,
      description: `${meaning} Default ${otherwise}.`.trim(),
    });
};
const WRITTEN_INSTANT = 'must be an instant such as 2026-07-22T12:45:00Z or a date such as 2026-07-22';
const instantIn = z.union([z.iso.datetime({ offset: true }), z.iso.date()], WRITTEN_INSTANT).meta({
  description: 'RFC 3339 with a zone, or a date taken as its first instant in UTC.',
  anyOf: [
    { type: 'string', format: 'date-time' },
    { type: 'string', format: 'date' },
  ],
});
export const from = instantIn.optional().describe('Start, inclusive.');
export const to = instantIn.optional().describe('End, exclusive.');
const cursor = z.string().min(1).max(2000).optional().describe('nextCursor of the page before.');
export const idIn = z.string().min(1).max(100);

export const placeParams = z.object({ id: idIn.describe('Id of a place (`saint-louis`).') });
export const placesQuery = z.strictObject({ limit: whole(1, 10_000, 1000), cursor });
export const noQuery = z.strictObject({});
export const observationsQuery = z.strictObject({
  from,
  to,
  limit: whole(1, 5000, 500),
  cursor,
  which: z
    .enum(['reading', 'all'])
    .default('reading')
    .describe('`reading`: one row per instant, the preferred source’s. `all`: every source’s.'),
});
export const historyQuery = z.strictObject({
  quantity: z.enum(QUANTITY_NAMES as [Quantity, ...Quantity[]]).default('temperatureC'),
  from,
  to,
  points: whole(1, 400, 200),
});
export const forecastQuery = z.strictObject({
  horizon: whole(1, 96, 48, 'How many hours after the issue are wanted.'),
  issuedAt: instantIn.optional().describe('The newest vintage issued at or before this instant.'),
});
export const scorecardQuery = z.strictObject({ days: whole(1, 366, 30) });
export const slotsQuery = z.strictObject({
  from,
  to,
  place: idIn.optional(),
  state: z.enum(SLOT_STATES as [SlotState, ...SlotState[]]).optional(),
  limit: whole(1, 10_000, 2000),
  cursor,
});
export const messagesQuery = z.strictObject({
  from,
  to,
  place: idIn.optional(),
  topic: z.enum(['observations', 'forecasts', 'polls']).default('observations'),
  limit: whole(1, 500, 100),
  cursor,
});
export const eventsQuery = z.strictObject({
  from,
  to,
  place: idIn.optional(),
  stage: z
    .string()
    .regex(/^[a-z-]{1,40}$/, 'must be the name of a stage such as poll')
    .optional(),
  level: z.enum(EVENT_LEVELS).optional().describe('This level and worse.'),
  q: z
    .string()
    .trim()
    .min(3, 'must have at least 3 characters')
    .max(200)
    .optional()
    .describe('Text to find, in any case.'),
  bars: whole(0, 400, 0, 'Stretches of the histogram that comes along; 0: none.'),
  limit: whole(1, 500, 100),
  cursor,
});
const errorCode = z.string().regex(/^HMT_[A-Z_]{1,60}$/, 'must be an error code such as HMT_PROCESS_NOT_JSON');
export const quarantineReplayBody = z.strictObject({
  ids: z.array(idIn).max(500).default([]).describe('Only these entries; empty: all.'),
  code: errorCode.optional().describe('Only entries with this code.'),
  dryRun: z.boolean().default(true).describe('Say what would be done, and do nothing.'),
  reason: z.string().trim().min(1).max(500).optional().describe('Why, for the audit log.'),
});
export const quarantineQuery = z.strictObject({
  code: errorCode.optional(),
  limit: whole(1, 500, 100),
  cursor,
});

const alertId = z.string().min(1).max(40);
export const alertParams = z.object({ id: alertId.describe('The short id that messages carry (`k7f2`).') });
export const silenceParams = z.object({ id: alertId });
export const alertsQuery = z.strictObject({
  state: z.enum(['active', 'ended']).default('active'),
  from,
  to,
  limit: whole(1, 500, 100, 'Of ended alerts.'),
  cursor,
});
export const alertHistoryQuery = z.strictObject({ from, to, limit: whole(1, 500, 100), cursor });
export const rangeQuery = z.strictObject({ from, to });
export const alertsDryRunBody = z.strictObject({
  from: instantIn.optional().describe('First evaluation; by default the oldest whose inputs are kept.'),
  to: instantIn.optional().describe('By default the last evaluation.'),
  watch: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Options of the watch (`watch.*` in the configuration) that differ from those in force.'),
});
const listed = z.string().trim().min(1, 'must name at least one').max(2000).optional();
export const silencePreviewQuery = z.strictObject({
  rules: listed.describe('Ids of rules, comma-separated; absent: all.'),
  placeIds: listed.describe('Ids of places, comma-separated; absent: all.'),
});
export const silencesQuery = z.strictObject({
  state: z
    .enum(['open', 'all'])
    .default('open')
    .describe('`open`: in force or to come. `all`: of the last 30 days too.'),
});
export const channelParams = z.strictObject({ channel: idIn.describe('`slack`, `webhook`, `email`.') });
export const sessionBody = z.strictObject({
  token: z.string().min(1).max(200).describe('As `harmattan token create` showed it.'),
});
export const auditQuery = z.strictObject({
  limit: whole(1, 1000, 50, 'How many lines.'),
});
export const silenceBody = z.strictObject({
  rules: z.array(idIn).max(100).default([]).describe('Ids of rules; empty: all.'),
  placeIds: z.array(idIn).max(10_000).default([]).describe('Ids of places; empty: all.'),
  startsAt: instantIn.optional().describe('By default at once.'),
  endsAt: instantIn.describe('At most 90 days after its start.'),
  author: z.string().trim().min(1).max(100).optional().describe('By default the name of the token.'),
  reason: z.string().trim().min(1).max(500),
});
