import { HOUR_MS, type Instant } from '../core/time.ts';
import type { Slot } from '../ledger/ledger.ts';
import type { ObservationKey } from '../weather/observation.ts';
import type { FeedItem } from './store.ts';

/**
 * The feed holds at least its newest 100,000 items: ten rounds of 10,000 places, about 3 MB, a day of 13 places many
 * times over; and nothing older than the look-back of 48 h. A reader who is further behind reads the store itself.
 */
export const FEED_ITEMS = 100_000;
export const FEED_AGE_MS = 48 * HOUR_MS;

/**
 * A batch with more changed readings (or slots) than this is catching up: it is listed as the newest per place and
 * source with `since`, so that a year of history does not push everything else out of the feed.
 */
export const LISTED_ITEMS = 1_000;

/** A row that is new or changed. */
export interface ChangedReading extends ObservationKey {
  readonly correction: boolean;
}

/** What a write adds to the feed. */
export interface FeedChanges {
  readonly readings?: readonly ChangedReading[];
  readonly slots?: readonly Pick<Slot, 'placeId' | 'slotAt' | 'state'>[];
  readonly forecasts?: readonly { readonly placeId: string; readonly issuedAt: Instant }[];
}

/** The items of a write, in the order in which the feed lists them. */
export function feedItems({ readings = [], slots = [], forecasts = [] }: FeedChanges): readonly FeedItem[] {
  const listed = slots.length > LISTED_ITEMS ? newestSlots(slots) : slots;
  return [
    ...(readings.length > LISTED_ITEMS ? newestReadings(readings) : readings.map(readingItem)),
    ...listed.map(({ placeId, slotAt, state }) => ({ kind: 'slot', key: { placeId, slotAt }, state }) as const),
    ...forecasts.map(({ placeId, issuedAt }) => ({ kind: 'forecast', placeId, issuedAt }) as const),
  ];
}

const readingItem = ({ placeId, validAt, source, correction }: ChangedReading) =>
  ({ kind: 'observation', key: { placeId, validAt, source }, correction }) as const;

/** One item per place and source: its newest reading, and since when its rows changed. */
const newestReadings = (readings: readonly ChangedReading[]): readonly FeedItem[] =>
  spansOf(readings, ({ placeId, source }) => `${placeId}/${source}`).map(({ newest, since, correction }) => ({
    ...readingItem(newest),
    correction,
    since,
  }));

/** What a batch changed in one series. */
interface Span<Reading> {
  newest: Reading;
  since: Instant;
  correction: boolean;
}

/** Readings by series, in the order in which the series come. */
export function spansOf<Reading extends { readonly validAt: Instant; readonly correction: boolean }>(
  readings: readonly Reading[],
  seriesOf: (reading: Reading) => string,
): readonly Span<Reading>[] {
  const spans = new Map<string, Span<Reading>>();
  for (const reading of readings) {
    const span = spans.get(seriesOf(reading));
    if (!span)
      spans.set(seriesOf(reading), { newest: reading, since: reading.validAt, correction: reading.correction });
    else {
      if (reading.validAt > span.newest.validAt) span.newest = reading;
      span.since = Math.min(span.since, reading.validAt);
      span.correction ||= reading.correction;
    }
  }
  return [...spans.values()];
}

export function newestSlots<S extends Pick<Slot, 'placeId' | 'slotAt'>>(slots: readonly S[]): readonly S[] {
  const newest = new Map<string, S>();
  for (const slot of slots)
    if (slot.slotAt >= (newest.get(slot.placeId)?.slotAt ?? Number.NEGATIVE_INFINITY)) newest.set(slot.placeId, slot);
  return [...newest.values()];
}
