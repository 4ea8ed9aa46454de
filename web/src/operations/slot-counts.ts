import type { SlotReply } from '../../../src/serve/contract.ts';
import type { MapRow } from '../chart/slot-map.tsx';

/** What the ledger says of a period, as the overview shows it. */
export interface SlotPicture {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly MapRow[];
  readonly late: number;
  readonly missing: number;
  /** Slots that were due: everything but what is still awaited. */
  readonly due: number;
  readonly onTime: number;
  /** The place with the most late and missing slots; `null` when there are none. */
  readonly worst: string | null;
}

export interface NamedPlace {
  readonly id: string;
  readonly name: string;
}

/** Rows in the order of `places`; a slot of a place that is not among them is left out of everything. */
export function slotPicture(
  slots: readonly SlotReply[],
  places: readonly NamedPlace[],
  { from, to }: { readonly from: number; readonly to: number },
): SlotPicture {
  const byPlace = new Map(places.map(({ id }) => [id, [] as SlotReply[]]));
  for (const slot of slots) byPlace.get(slot.placeId)?.push(slot);
  const known = [...byPlace.values()].flat();
  const count = (...states: SlotReply['state'][]) => known.filter(({ state }) => states.includes(state)).length;
  const bad = places.map(({ id, name }) => ({
    name,
    bad: byPlace.get(id)?.filter(({ state }) => state === 'late' || state === 'missing').length ?? 0,
  }));
  const worst = bad.reduce((most, one) => (one.bad > most.bad ? one : most), { name: '', bad: 0 });
  return {
    from,
    to,
    rows: places.map(({ id, name }) => ({
      id,
      name,
      slots: (byPlace.get(id) ?? []).map(({ slotAt, state, lateSeconds }) => ({
        slotAt: Date.parse(slotAt),
        state,
        lateMs: lateSeconds === null ? null : lateSeconds * 1000,
      })),
    })),
    late: count('late'),
    missing: count('missing'),
    due: known.length - count('pending'),
    onTime: count('arrived'),
    worst: worst.bad > 0 ? worst.name : null,
  };
}

/** Per slot: on time, late, and later than that; `null` where nothing was expected. */
export function arrivalsBySlot({ rows, from, to }: SlotPicture, everyMs: number) {
  const counts = new Map<number, [number, number, number]>();
  for (const { slots } of rows)
    for (const { slotAt, state } of slots) {
      const at = from + Math.floor((slotAt - from) / everyMs) * everyMs;
      const held = counts.get(at) ?? [0, 0, 0];
      if (state === 'arrived') held[0]++;
      if (state === 'late') held[1]++;
      if (state === 'backfilled' || state === 'stale') held[2]++;
      counts.set(at, held);
    }
  return Array.from({ length: Math.max(0, Math.round((to - from) / everyMs)) }, (_, index) => {
    const at = from + index * everyMs;
    return { from: at, to: at + everyMs, values: counts.get(at) ?? null };
  });
}
