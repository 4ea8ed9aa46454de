import { toRfc3339 } from '../core/time.ts';
import type { FeedEntry, FeedItem } from '../store/store.ts';
import { comingHours, instantOf, observationReply, slotReply } from './reply.ts';
import { placesById, type Served } from './served.ts';

/** A server-sent event but for its id: its kind, and one line of JSON; `null`: the row is gone by the time it is read. */
export interface LiveEvent {
  readonly kind: string;
  readonly data: string | null;
}

/** One change of the store as an event. */
export async function liveEvent(
  served: Pick<Served, 'store' | 'places' | 'clock'>,
  { item }: FeedEntry,
): Promise<LiveEvent> {
  const data = await dataOf(served, item);
  return { kind: item.kind, data: data && JSON.stringify(data) };
}

/** The event as it is sent: `event:`, `id:`, `data:`. One without data is only an id. */
export const eventBlock = ({ kind, data }: LiveEvent, id: string): string =>
  data === null ? `id: ${id}\n\n` : `event: ${kind}\nid: ${id}\ndata: ${data}\n\n`;

async function dataOf({ store, places }: Pick<Served, 'store' | 'places'>, item: FeedItem): Promise<object | null> {
  if (item.kind === 'observation') {
    const row = await store.observations.get(item.key);
    if (!row) return null;
    const reply = observationReply(row, placesById(places).get(row.placeId));
    return { ...reply, correction: item.correction, since: instantOf(item.since ?? null) };
  }
  if (item.kind === 'forecast') {
    const prediction = await store.predictions.get(item.placeId, item.issuedAt);
    if (!prediction) return { placeId: item.placeId, issuedAt: toRfc3339(item.issuedAt) };
    const { placeId, issuedAt, model, tier } = prediction;
    return { placeId, issuedAt: toRfc3339(issuedAt), model, tier, nextHours: comingHours(prediction, issuedAt) };
  }
  const [slot] = await store.slots.get([item.key]);
  return slot ? slotReply(slot) : null;
}
