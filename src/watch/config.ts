import { z } from 'zod';
import { QUANTITY_NAMES, type Quantity } from '../weather/quantity.ts';
import { RULE_IDS, type RuleId } from './notification.ts';

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 06:30');

const ruleId = z.enum(RULE_IDS as unknown as [RuleId, ...RuleId[]]);

const rule = z.strictObject({
  enabled: z.boolean().default(true).describe('false: the rule is never evaluated.'),
  severity: z.enum(['notice', 'warning', 'critical']).optional().describe('Instead of the rule’s own severity.'),
  forMinutes: z.number().min(0).max(10_080).optional().describe('How long it must be so before it fires, minutes.'),
});

const threshold = z
  .strictObject({
    place: z.string().min(1).default('*').describe('Id of a place, or "*" for each.'),
    quantity: z.enum(QUANTITY_NAMES as [Quantity, ...Quantity[]]),
    above: z.number().optional().describe('In the quantity’s own unit.'),
    below: z.number().optional(),
    on: z
      .enum(['reading', 'forecast'])
      .default('reading')
      .describe('"reading": the newest reading. "forecast": temperature only, of the coming hours.'),
    chance: z.number().min(0.05).max(0.95).default(0.8).describe('With "forecast": at least so likely.'),
    withinHours: z.number().int().min(1).max(48).default(24).describe('With "forecast": how far ahead.'),
  })
  .refine(({ above, below }) => (above === undefined) !== (below === undefined), 'needs either above or below')
  .refine(({ on, quantity }) => on === 'reading' || quantity === 'temperatureC', 'a forecast is of temperatureC only');

/** In the order that calendars count them. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const closure = z
  .strictObject({
    places: z.array(z.string().min(1)).default([]).describe('Ids of places; empty: all.'),
    weekdays: z.array(z.enum(WEEKDAYS)).default([]).describe('On these days of the week …'),
    days: z.array(z.iso.date()).max(366).default([]).describe('… and on these dates. Neither: on every day.'),
    from: clock.optional().describe('Without from and to: from midnight to midnight.'),
    to: clock.optional().describe('At or before from: of the next day.'),
  })
  .refine(({ from, to }) => (from === undefined) === (to === undefined), 'needs both from and to, or neither')
  .refine(
    ({ weekdays, days, from }) => weekdays.length + days.length > 0 || from !== undefined,
    'needs weekdays, days or hours',
  );

/** Options of the watch. Defaults are right for data every 15 minutes. */
export const watchOptions = z.strictObject({
  everySeconds: z.number().int().min(5).max(3600).default(30).describe('How often everything is evaluated, seconds.'),
  rules: z.partialRecord(ruleId, rule).default({}).describe('Rules that differ from their defaults, by id.'),
  places: z
    .record(
      z.string(),
      z.strictObject({
        everyMinutes: z.number().int().min(1).max(10_080).optional().describe('Instead of the plan’s.'),
        graceMinutes: z.number().min(0).max(1440).optional(),
        ignore: z.array(ruleId).default([]).describe('Rules that do not hold for this place.'),
        rules: z
          .partialRecord(ruleId, rule.pick({ severity: true, forMinutes: true }))
          .default({})
          .describe('Rules whose severity or time differs at this place, by id.'),
      }),
    )
    .default({})
    .describe('Places that differ from the plan, by id.'),
  closures: z
    .array(closure)
    .max(100)
    .default([])
    .describe('When no reading is expected of places, on the places’ clock: nothing is told late or missing then.'),
  thresholds: z
    .array(threshold)
    .max(200)
    .default([])
    .describe('Your own weather thresholds. They are told as yours, never as an official warning.'),
  groupWaitSeconds: z
    .number()
    .min(0)
    .max(600)
    .default(30)
    .describe('How long a first message waits for what belongs with it, seconds.'),
  groupIntervalMinutes: z
    .number()
    .min(1)
    .max(1440)
    .default(5)
    .describe('Least time between two messages of one alert that has changed, minutes.'),
  repeatWarningHours: z.number().min(0.25).max(168).default(4).describe('Reminder of a warning that lasts, hours.'),
  repeatCriticalHours: z.number().min(0.25).max(168).default(1).describe('Reminder of a critical alert, hours.'),
  recoverMinutes: z
    .number()
    .min(0)
    .max(1440)
    .nullable()
    .default(null)
    .describe(
      'How long all must be well before an alert about arrivals is told resolved, minutes. null: until the next slot, too, was on time.',
    ),
  quietHours: z
    .strictObject({ from: clock, to: clock })
    .nullable()
    .default(null)
    .describe('Warnings wait until these hours of the places’ clock are over; critical alerts do not.'),
  aliveAt: clock
    .nullable()
    .default('08:00')
    .describe('When the daily "still here" is sent, on the places’ clock. null: never.'),
  signalDays: z
    .number()
    .int()
    .min(1)
    .max(366)
    .default(30)
    .describe('How long the inputs of every evaluation are kept, for dry runs on the past.'),
  lagMinutes: z.number().min(1).max(1440).default(10).describe('A stage this far behind is late, minutes.'),
  lagMessages: z.number().int().min(1).default(50_000).describe('… or this many messages behind.'),
  quarantineAnHour: z.number().int().min(1).default(50).describe('More quarantined records an hour are told.'),
  quotaShare: z
    .number()
    .min(0.5)
    .max(1)
    .default(1)
    .describe('A quota of which more than this share is used or needed by the plan until it starts anew is told.'),
  diskFreeShare: z.number().min(0).max(0.5).default(0.05).describe('Less free disk than this share is told.'),
});

export type WatchOptions = z.infer<typeof watchOptions>;
export type WeatherThreshold = WatchOptions['thresholds'][number];
