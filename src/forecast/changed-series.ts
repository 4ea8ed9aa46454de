import type { Instant } from '../core/time.ts';
import type { FeedEntry, Store } from '../store/store.ts';

/** The series of one (place, source) in which readings are new or corrected. */
export interface ChangedSeries {
  readonly placeId: string;
  readonly source: string;
  /** Valid times of the readings that changed, as far as the feed lists them. */
  readonly validAt: Set<Instant>;
  /** Present when readings from here on may have changed without being listed. */
  sinceAt: Instant | null;
  /** The feed has lost entries: whatever a memory may have missed must be looked up. */
  readonly missed: boolean;
  /** The newest change. */
  untilAt: Instant;
}

/** By place: all sources of a place are learnt together, because only one of them issues. */
export type ChangedPlaces = ReadonlyMap<string, readonly ChangedSeries[]>;

/** What entries of the feed say about readings. */
export function changedPlaces(entries: readonly FeedEntry[]): ChangedPlaces {
  const places = new Map<string, ChangedSeries[]>();
  for (const { item } of entries) {
    if (item.kind !== 'observation') continue;
    const { placeId, source, validAt } = item.key;
    const known = places.get(placeId);
    let series = known?.find((one) => one.source === source);
    if (!series) {
      series = { placeId, source, validAt: new Set(), sinceAt: null, missed: false, untilAt: validAt };
      if (known) known.push(series);
      else places.set(placeId, [series]);
    }
    series.validAt.add(validAt);
    series.untilAt = Math.max(series.untilAt, validAt);
    if (item.since !== undefined) series.sinceAt = Math.min(series.sinceAt ?? item.since, item.since);
  }
  return places;
}

/** Rows that are looked through for the sources which speak at a place. */
const RECENT_ROWS = 200;

/** Every place that has readings, with each source heard of lately: where the feed has lost entries. */
export async function everyPlace(store: Store, placeIds: readonly string[], contextMs: number): Promise<ChangedPlaces> {
  const places = new Map<string, readonly ChangedSeries[]>();
  for (const [placeId, newest] of await store.observations.latest(placeIds)) {
    const span = { from: newest.validAt - contextMs, to: newest.validAt + 1 };
    const { items } = await store.observations.query({
      placeId,
      ...span,
      which: 'all',
      order: 'desc',
      limit: RECENT_ROWS,
    });
    const series = new Map<string, ChangedSeries>();
    for (const { source, validAt } of items)
      if (!series.has(source))
        series.set(source, { placeId, source, validAt: new Set(), sinceAt: null, missed: true, untilAt: validAt });
    places.set(placeId, [...series.values()]);
  }
  return places;
}
