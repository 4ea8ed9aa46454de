import { z } from 'zod';

/** The replies of `/api/v1/alerts`, `/api/v1/silences` and `/api/v1/audit`. Names are only ever added. */

const instant = z.iso.datetime().meta({ description: 'RFC 3339, UTC.', pattern: undefined });
const maybeInstant = instant.nullable();
const text = z.string();
const seconds = z.number().nullable();

export const alert = z.object({
  id: text.describe('Short: the one that messages carry and commands take.'),
  incidentId: text.describe('Unique for ever.'),
  rule: text.describe('The worst rule that it reached.'),
  severity: z.enum(['notice', 'warning', 'critical']),
  state: z
    .enum(['waiting', 'firing', 'unstable', 'acknowledged', 'muted', 'ended'])
    .describe('`waiting`: too young to be told. `muted`: silenced, inhibited, or its hour is quiet.'),
  about: z.array(text).describe('Ids of places, or names of sources, stages, channels, quotas.'),
  startsAt: instant.describe('Since when it is so, by the data.'),
  openedAt: instant.describe('When the watch noticed.'),
  firstToldAt: maybeInstant,
  lastToldAt: maybeInstant,
  endsAt: maybeInstant,
  messages: z.int().describe('How many were written.'),
  acknowledged: z.object({ by: text, at: instant }).nullable(),
});

export const alertsReply = z.object({
  items: z.array(alert),
  nextCursor: text.nullable().describe('Ask again with it; null on the last page.'),
  meanTimes: z
    .object({ alerts: z.int(), toDetectSeconds: seconds, toResolveSeconds: seconds })
    .describe(
      'Over the told alerts that opened in the range and are over: from their start to the first message, and to their end.',
    ),
});

const delivery = z.object({
  channel: text,
  state: z.enum(['delivered', 'dead', 'superseded']),
  attempts: z.int(),
  at: instant,
});

export const historyEntry = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('transition'),
    at: instant,
    rule: text,
    scope: text,
    from: text,
    to: text,
    cause: text.nullable(),
  }),
  z.object({
    kind: z.literal('news'),
    at: instant,
    rule: text,
    alertId: text,
    news: text,
    places: z.array(text),
    channels: z.array(text).describe('Channels that it was written for.'),
    deliveries: z.array(delivery).describe('What became of it; what still waits is absent.'),
  }),
]);

export const historyReply = z.object({ items: z.array(historyEntry), nextCursor: text.nullable() });
export const alertStoryReply = alert.extend({
  history: z.array(historyEntry).describe('Oldest first.'),
  waiting: z.int().describe('Messages that still wait for their channel.'),
});

export const silence = z.object({
  id: text,
  rules: z.array(text).describe('Empty: all.'),
  placeIds: z.array(text).describe('Empty: all.'),
  startsAt: instant,
  endsAt: instant,
  author: text,
  reason: text,
  createdAt: instant,
  endedAt: maybeInstant.describe('When somebody ended it before its time.'),
  inForce: z.boolean(),
});

export const silenceMatches = z.object({
  alerts: z.array(text).describe('Ids of alerts that are all quiet with it.'),
  keys: z.array(text).describe('What is wrong and matches: `place-missing/kolda`.'),
});
export const silencesReply = z.object({ items: z.array(silence) });
export const silenceReply = silence.extend({ matches: silenceMatches });

export const channelsReply = z.object({
  items: z.array(
    z.object({
      channel: text,
      configured: z.boolean().describe('False: it was used before, and is configured no more.'),
      failingSinceAt: maybeInstant.describe('Null while it works.'),
      lastSuccessAt: maybeInstant,
      lastError: z.object({ code: text, detail: text, at: instant }).nullable(),
      pausedUntilAt: maybeInstant.describe('No call before: what the channel asked for, or the pause after a failure.'),
      givenUp: z.int().describe('Messages given up since it last worked.'),
      waiting: z.int().describe('Messages that wait for it, 500 at most.'),
    }),
  ),
});

export const channelTestReply = z.object({
  channel: text,
  state: z
    .enum(['delivered', 'dead', 'superseded', 'waiting'])
    .describe('`waiting`: it did not arrive in time and was withdrawn.'),
  attempts: z.int(),
  code: text.nullable().describe('Error code of the last attempt that failed.'),
});

const toldAlert = z.object({ at: instant, rule: text, state: text, alertId: text, places: z.array(text) });
export const alertsDryRunReply = z.object({
  from: instant,
  to: instant,
  signalsFrom: maybeInstant.describe('The oldest inputs that are kept; null where the watch has never run.'),
  alerts: z.array(toldAlert).describe('What these rules would have told.'),
  sent: z.array(toldAlert).describe('What was told.'),
  original: z
    .array(z.object({ from: instant, to: instant, messages: z.int() }))
    .describe('What the original’s rule would have sent: one message a minute in each stretch.'),
});

/** A live event: something was told, or a state changed. */
export const liveAlert = historyEntry;

export type AlertReply = z.infer<typeof alert>;
export type AlertStoryReply = z.infer<typeof alertStoryReply>;
export type HistoryEntryReply = z.infer<typeof historyEntry>;
export type SilenceReply = z.infer<typeof silence>;

export const sessionReply = z.object({
  who: z
    .object({ name: text, scopes: z.array(text) })
    .nullable()
    .describe('The token that was logged in with; null: nobody is logged in.'),
  endsAt: maybeInstant,
});

export const auditLines = z.object({
  items: z
    .array(
      z.object({
        at: instant,
        who: text.describe('`token <name> (<id>)`, or `command`.'),
        what: text.describe('`silence.create`, `alert.acknowledge`, `quarantine.replay`, …'),
        target: text.describe('Id of what it was done to.'),
        why: text.nullable().describe('The reason that was given.'),
      }),
    )
    .describe('The newest first.'),
});
