import { DAY_MS, type Instant } from '../../core/time.ts';
import { SLOT_STATES, type Slot, type SlotState } from '../../ledger/ledger.ts';
import type { StoredObservation } from '../../store/store.ts';
import { type Alert, activeAlerts } from '../../watch/alert-desk.ts';
import type { Place } from '../../weather/place.ts';
import type { Coming, Freshness, StatusReply } from '../contract.ts';
import { comingHours, freshnessOf } from '../reply.ts';
import type { Served } from '../served.ts';
import { statusReply } from '../status.ts';

/** More places than this are counted, not drawn: the page stays quick and readable. */
export const MOST_PLACES = 60;
/** Points of a small chart: one each half hour. */
const POINTS = 48;
const MOST_SLOTS = 20_000;

export interface PlaceView {
  readonly place: Place;
  readonly state: Freshness;
  readonly latest: StoredObservation | null;
  readonly coming: readonly Coming[];
  /** Mean temperature by half hour, oldest first; half hours without any are absent. */
  readonly temperatures: readonly { readonly at: Instant; readonly meanC: number }[];
  readonly slots: readonly Slot[];
}

/** Everything that the page shows, at one instant. */
export interface PageModel {
  readonly now: Instant;
  /** Start of what the charts and strips show. */
  readonly from: Instant;
  readonly status: StatusReply;
  readonly places: readonly PlaceView[];
  readonly morePlaces: number;
  readonly counts: Readonly<Record<SlotState, number>>;
  /** Alerts that last, the newest first. */
  readonly alerts: readonly Alert[];
  /** Step between two slots. */
  readonly everyMs: number;
}

export async function pageModel(served: Served): Promise<PageModel> {
  const { store, program, clock } = served;
  const now = clock.now();
  const from = now - DAY_MS;
  const shown = served.places.slice(0, MOST_PLACES);
  const [status, latest, slots, alerts] = await Promise.all([
    statusReply({ store, places: served.places, program, now }),
    store.observations.latest(shown.map(({ id }) => id)),
    slotsByPlace(served, from, now),
    activeAlerts(store.documents),
  ]);
  const places = await Promise.all(
    shown.map(async (place): Promise<PlaceView> => {
      const reading = latest.get(place.id) ?? null;
      const buckets = await store.observations.history(place.id, 'temperatureC', from, now + 1, POINTS);
      return {
        place,
        state: freshnessOf(reading, program.cadence, now),
        latest: reading,
        coming: comingHours(await store.predictions.newest(place.id), now),
        temperatures: buckets.map(({ at, mean }) => ({ at, meanC: mean })),
        slots: slots.get(place.id) ?? [],
      };
    }),
  );
  const everyMs = program.cadence?.everyMs ?? 15 * 60_000;
  return {
    now,
    from,
    status,
    places,
    morePlaces: served.places.length - shown.length,
    counts: status.slots.counts,
    alerts,
    everyMs,
  };
}

async function slotsByPlace(
  { store, places }: Served,
  from: Instant,
  now: Instant,
): Promise<ReadonlyMap<string, Slot[]>> {
  const byPlace = new Map<string, Slot[]>();
  const keep = (slots: readonly Slot[]) => {
    for (const slot of slots) {
      const some = byPlace.get(slot.placeId);
      if (some) some.push(slot);
      else byPlace.set(slot.placeId, [slot]);
    }
  };
  if (places.length <= MOST_PLACES) {
    keep((await store.slots.query({ from, to: now + 1, limit: MOST_SLOTS })).items);
    return byPlace;
  }
  // Among many places the few that are shown are asked for one by one, rather than all read for them.
  for (const { id } of places.slice(0, MOST_PLACES))
    keep((await store.slots.query({ from, to: now + 1, placeId: id, limit: MOST_SLOTS / MOST_PLACES })).items);
  return byPlace;
}

export const expected = (counts: Readonly<Record<SlotState, number>>): number =>
  SLOT_STATES.reduce((sum, state) => sum + counts[state], 0) - counts.pending;
