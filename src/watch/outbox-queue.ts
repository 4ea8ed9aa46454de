import type { Instant } from '../core/time.ts';
import type { DocumentChange } from '../store/document-store.ts';
import {
  DELIVERIES,
  type Deliverable,
  type Delivery,
  deliveryKey,
  keyOf,
  OUTBOX,
  type OutboxRow,
  outboxKey,
} from './outbox-row.ts';

/** A row as it was read: `version` is the stored one. */
export interface Waiting<Content extends Deliverable> {
  readonly row: OutboxRow<Content>;
  readonly version: number;
}

/** What channels said about the first message of each alert: (alert, channel) to their handle. */
export const THREADS = 'threads';

/**
 * The first of each alert's messages in order; among those that are due the one with the fewest tries, so that one that
 * fails by itself does not hold up the others.
 */
export function nextOf<Content extends Deliverable>(
  waiting: readonly Waiting<Content>[],
  now: Instant,
): Waiting<Content> | null {
  const heads = new Map<string, Waiting<Content>>();
  for (const one of waiting) {
    const { incidentId } = one.row.notification;
    if (!heads.has(incidentId)) heads.set(incidentId, one);
  }
  let next: Waiting<Content> | null = null;
  for (const head of heads.values())
    if (head.row.dueAt <= now && (next === null || head.row.attempts < next.row.attempts)) next = head;
  return next;
}

/**
 * Reminders that stand before later news of the same alert; and, where a channel waits before it tells, everything about
 * an alert that was over before its time.
 */
export function pointlessOf<Content extends Deliverable>(
  waiting: readonly Waiting<Content>[],
  now: Instant,
): ReadonlySet<Waiting<Content>> {
  const byIncident = Map.groupBy(waiting, ({ row }) => row.notification.incidentId);
  const pointless = new Set<Waiting<Content>>();
  for (const rows of byIncident.values()) {
    const [first] = rows;
    const isOver = rows.some(({ row }) => row.notification.news === 'resolved');
    const isUntold = first !== undefined && first.row.attempts === 0 && first.row.notification.news === 'firing';
    if (isUntold && isOver && first.row.dueAt > now) for (const one of rows) pointless.add(one);
    for (const one of rows.slice(0, -1))
      if (one.row.attempts === 0 && one.row.notification.news === 'reminder') pointless.add(one);
  }
  return pointless;
}

export const rowChange = (row: OutboxRow, version: number): DocumentChange => ({
  collection: OUTBOX,
  key: outboxKey(row),
  value: row,
  version,
});

/** Sorted by when the alert began, so that old ones are dropped by range. */
export const threadKey = ({ channel, notification }: OutboxRow): string =>
  `${keyOf(notification.startsAt)}/${notification.incidentId}/${channel}`;

export const threadChange = (row: OutboxRow, reference: string): DocumentChange => ({
  collection: THREADS,
  key: threadKey(row),
  value: reference,
  version: null,
});

/** The row becomes a record of what happened to it; the removal comes last, so that a cut in between repeats it. */
export function ended(
  row: OutboxRow,
  version: number,
  state: Delivery['state'],
  at: Instant,
): readonly DocumentChange[] {
  const { deliveryId, channel, attempts, lastError, notification } = row;
  const delivery: Delivery = {
    deliveryId,
    channel,
    attempts,
    lastError,
    state,
    notificationId: notification.id,
    incidentId: notification.incidentId,
    news: notification.news,
    createdAt: notification.at,
    at,
  };
  return [
    { collection: DELIVERIES, key: deliveryKey(row), value: delivery, version: null },
    { collection: OUTBOX, key: outboxKey(row), value: null, version: version + 1 },
  ];
}
