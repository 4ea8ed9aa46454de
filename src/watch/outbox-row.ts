import type { ErrorCode } from '../core/errors.ts';
import type { Instant } from '../core/time.ts';
import type { DocumentChange, DocumentStore } from '../store/document-store.ts';
import type { FactStore } from '../store/store.ts';
import type { News } from './channel-message.ts';
import type { Channel } from './notifier.ts';

/** The part of a notification that delivery goes by; the rest is for whoever words it. */
export interface Deliverable {
  /** Of this notification and no other. Letters, digits, `.` and `-`. */
  readonly id: string;
  readonly news: News;
  /** The same for all news of one alert, at most 255 characters. */
  readonly dedupeKey: string;
  /** One alert from firing to resolved: the same news later on is another incident. Letters, digits, `.` and `-`. */
  readonly incidentId: string;
  readonly severity: 'notice' | 'warning' | 'critical';
  readonly startsAt: Instant;
  readonly at: Instant;
}

/** What a row needs to know of a channel. */
export interface ChannelTerms {
  readonly channel: Channel;
  readonly minSeverity: Deliverable['severity'];
  readonly delayMs: number;
}

/** One message that waits for one channel. Written once by whoever decides that it is sent; the outbox does the rest. */
export interface OutboxRow<Content extends Deliverable = Deliverable> {
  readonly deliveryId: string;
  readonly channel: Channel;
  readonly notification: Content;
  /** Not before. An alert that is over by then is not sent. */
  readonly dueAt: Instant;
  readonly attempts: number;
  /** When the first try began whose fate is unknown; also set while a try is under way. */
  readonly uncertainSinceAt: Instant | null;
  readonly lastError: DeliveryError | null;
}

export interface DeliveryError {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly at: Instant;
}

/** What became of a message: kept for 90 days. `superseded`: later news made it pointless before it was sent. */
export interface Delivery extends Omit<OutboxRow, 'notification' | 'dueAt' | 'uncertainSinceAt'> {
  readonly state: 'delivered' | 'dead' | 'superseded';
  readonly notificationId: string;
  readonly incidentId: string;
  readonly news: News;
  readonly createdAt: Instant;
  readonly at: Instant;
}

/** How a channel does, as its fact says it. */
export interface ChannelStanding {
  /** When it began to fail; `null` while it works. */
  readonly failingSinceAt: Instant | null;
  readonly lastSuccessAt: Instant | null;
  readonly lastError: DeliveryError | null;
  /** No call before this instant: what the channel asked for, also across restarts. */
  readonly pausedUntilAt: Instant | null;
  /** Messages given up since the channel last worked. */
  readonly givenUp: number;
}

/** Of a channel that nothing was sent to. */
export const NEVER_USED: ChannelStanding = {
  failingSinceAt: null,
  lastSuccessAt: null,
  lastError: null,
  pausedUntilAt: null,
  givenUp: 0,
};

export const OUTBOX = 'outbox';
export const DELIVERIES = 'deliveries';

const CHANNEL_FACT = 'watch/channel/';
export const channelFact = (channel: Channel): string => `${CHANNEL_FACT}${channel}`;

/** The standing of every channel that was ever used. */
export async function channelStandings(facts: FactStore): Promise<ReadonlyMap<Channel, ChannelStanding>> {
  const found = await facts.list<ChannelStanding>(CHANNEL_FACT);
  return new Map([...found].map(([key, standing]) => [key.slice(CHANNEL_FACT.length) as Channel, standing]));
}

/** Instants in keys: they sort as text. */
export const keyOf = (at: Instant): string => String(at).padStart(15, '0');

/** Rows of one channel lie together, oldest first. */
export const outboxKey = ({ channel, notification, deliveryId }: OutboxRow): string =>
  `${channel}/${keyOf(notification.at)}/${deliveryId}`;

export const deliveryKey = ({ notification, deliveryId }: Pick<OutboxRow, 'notification' | 'deliveryId'>): string =>
  `${keyOf(notification.at)}/${deliveryId}`;

const RANK = { notice: 0, warning: 1, critical: 2 } as const;
/** These go to every channel, whatever it wants to hear of. */
const ALWAYS: readonly News[] = ['test', 'alive'];

/** The rows that a notification leads to: one per channel that wants to hear of it. */
export function rowsFor<Content extends Deliverable>(
  notification: Content,
  channels: readonly ChannelTerms[],
): readonly OutboxRow<Content>[] {
  const { news, severity, startsAt, at, id } = notification;
  return channels
    .filter(({ minSeverity }) => ALWAYS.includes(news) || RANK[severity] >= RANK[minSeverity])
    .map(({ channel, delayMs }) => ({
      deliveryId: `${id}.${channel}`,
      channel,
      notification,
      dueAt: ALWAYS.includes(news) ? at : Math.max(at, startsAt + delayMs),
      attempts: 0,
      uncertainSinceAt: null,
      lastError: null,
    }));
}

/** A row as a change of a commit: written where there is none, so that repeating the commit doubles nothing. */
export const newRowChange = (row: OutboxRow): DocumentChange => ({
  collection: OUTBOX,
  key: outboxKey(row),
  value: row,
  version: null,
});

/** Every message that waits, oldest first per channel; at most `limit`. */
export async function waitingRows<Content extends Deliverable>(
  documents: DocumentStore,
  limit: number,
  channel?: Channel,
): Promise<readonly { readonly row: OutboxRow<Content>; readonly version: number }[]> {
  // '0' follows '/' in the order of characters.
  const range = channel === undefined ? {} : { from: `${channel}/`, to: `${channel}0` };
  const { items } = await documents.list<OutboxRow<Content>>(OUTBOX, { ...range, limit });
  return items.map(({ value, version }) => ({ row: value, version }));
}
