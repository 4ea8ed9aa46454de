import type { Instant } from '../core/time.ts';
import type { DocumentStore } from '../store/document-store.ts';
import type { News } from './channel-message.ts';
import type { Notification } from './notification.ts';
import { keyOf } from './outbox-row.ts';
import { ALERT_HISTORY, type HistoryEntry, type SIGNALS } from './watch-records.ts';

/** Something that people were told, or would have been. */
export interface ToldAlert {
  /** The evaluation that decided it. */
  readonly at: Instant;
  readonly rule: string;
  /** What was said: `firing`, `reminder`, `resolved`, … */
  readonly state: News;
  readonly alertId: string;
  readonly places: readonly string[];
}

/** Neither is an alert, nor counts as one. */
const SIGNS_OF_LIFE: readonly News[] = ['alive', 'test'];

export const isAlert = ({ state }: Pick<ToldAlert, 'state'>): boolean => !SIGNS_OF_LIFE.includes(state);

export const toldBy = ({ at, rule, news, alertId, places }: Notification): ToldAlert => ({
  at,
  rule: rule ?? news,
  state: news,
  alertId,
  places: places.map(({ id }) => id),
});

const PAGE = 500;

/** Documents of a collection whose keys begin with an instant in `[from, to)`, oldest first. */
export async function* documentsBetween<T>(
  documents: DocumentStore,
  collection: typeof ALERT_HISTORY | typeof SIGNALS,
  from: Instant,
  to: Instant,
): AsyncGenerator<T> {
  const range = { from: keyOf(Math.max(0, from)), to: keyOf(Math.max(0, to)), limit: PAGE };
  let cursor: string | undefined;
  do {
    const page = await documents.list<T>(collection, { ...range, ...(cursor === undefined ? {} : { cursor }) });
    for (const { value } of page.items) yield value;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

/** What happened to alerts in `[from, to)`, oldest first. */
export const alertHistory = (documents: DocumentStore, from: Instant, to: Instant): AsyncGenerator<HistoryEntry> =>
  documentsBetween<HistoryEntry>(documents, ALERT_HISTORY, from, to);

/** What people were told in `[from, to)`, oldest first, signs of life left out. */
export async function toldBetween(documents: DocumentStore, from: Instant, to: Instant): Promise<readonly ToldAlert[]> {
  const told: ToldAlert[] = [];
  for await (const entry of alertHistory(documents, from, to)) {
    if (entry.kind !== 'news') continue;
    const { at, rule, news, alertId, places } = entry;
    const one = { at, rule, state: news, alertId, places };
    if (isAlert(one)) told.push(one);
  }
  return told;
}
