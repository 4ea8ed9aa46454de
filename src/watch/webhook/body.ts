import { z } from 'zod';
import { toRfc3339 } from '../../core/time.ts';
import { NEWS } from '../channel-message.ts';
import type { Envelope } from '../notifier.ts';

const instant = z.iso.datetime();
const text = z.string();

/** What the generic webhook posts (`/schemas/alert-message.json`). Within one `schemaVersion` fields are only added. */
export const webhookBody = z.object({
  schemaVersion: z.literal(1),
  id: text.describe('The same on every try of this message: drop a second copy by it.'),
  dedup_key: text.max(255).describe('The same for all news of one alert: give it to a pager as it is.'),
  news: z
    .enum(NEWS)
    .describe('Why this is sent. Only firing, reminder, resolved, unstable and stable are about an alert.'),
  status: z.enum(['firing', 'resolved', 'info']),
  severity: z.enum(['notice', 'warning', 'critical']),
  alertId: text,
  rule: text,
  startsAt: instant,
  endsAt: instant.nullable().describe('Null while it lasts.'),
  sentAt: instant,
  places: z.array(text),
  labels: z.record(text, text),
  title: text,
  text: text.describe('What, where and since when in one line, in the configured language.'),
  lines: z.array(text),
  meaning: text.describe('What it means, in a sentence of the configured language; empty where nothing is wrong.'),
  links: z.record(text, z.url()).describe('Addresses by name: period, logs, silence, runbook.'),
});

export type WebhookBody = z.infer<typeof webhookBody>;

export function webhookBodyOf({ deliveryId, dedupeKey, message }: Envelope): WebhookBody {
  const { facts, news, title, text: line, lines, meaning, links } = message;
  return {
    schemaVersion: 1,
    id: deliveryId,
    dedup_key: dedupeKey,
    news,
    status: facts.status,
    severity: facts.severity,
    alertId: facts.alertId,
    rule: facts.rule,
    startsAt: toRfc3339(facts.startsAt),
    endsAt: facts.endsAt === null ? null : toRfc3339(facts.endsAt),
    sentAt: toRfc3339(facts.sentAt),
    places: [...facts.places],
    labels: { ...facts.labels },
    title,
    text: line,
    lines: [...lines],
    meaning,
    links: Object.fromEntries(links.map(({ id, url }) => [id, url])),
  };
}
