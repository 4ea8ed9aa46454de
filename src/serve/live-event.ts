import { toRfc3339 } from '../core/time.ts';
import type { FeedEntry, FeedItem } from '../store/store.ts';
import { comingHours, instantOf, observationReply, slotReply } from './reply.ts';
import { placesById, type Served } from './served.ts';

/**
 * One change of the store as a server-sent event: `event:` its kind, `id:` its position, `data:` one line of JSON.
 * A row that is gone by the time it is read gives only the id.
 */
export async function eventBlock(
  served: Pick<Served, 'store' | 'places' | 'clock'>,
  entry: FeedEntry,
): Promise<string> {
  const data = await dataOf(served, entry.item);
  if (data === null) return `id: ${entry.position}\n\n`;
  return `event: ${entry.item.kind}\nid: ${entry.position}\ndata: ${JSON.stringify(data)}\n\n`;
}

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
