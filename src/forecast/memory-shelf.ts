import type { Store } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import type { Forecaster, ForecasterMemory } from './forecaster.ts';

/** A series' memory in hand, with the version its bytes have in the store. */
export interface HeldMemory {
  readonly placeId: string;
  readonly source: string;
  readonly memory: ForecasterMemory;
  /** 0 before the first commit. */
  version: number;
}

/** The decoded memories of the series used last; the others lie in the store. */
export interface MemoryShelf {
  /**
   * The memory of a series: held, restored, or new. One whose source is new at the place starts from the memory of the
   * place's newest other source, so that a failover does not begin from nothing. `null` for a place that is not
   * configured.
   */
  take(placeId: string, source: string): Promise<HeldMemory | null>;
  /** Forgets everything: the store is asked again. */
  clear(): void;
}

export function memoryShelf(store: Store, forecaster: Forecaster, places: readonly Place[], size: number): MemoryShelf {
  const byId = new Map(places.map((place) => [place.id, place]));
  const held = new Map<string, HeldMemory>();
  /** Which sources each place has a memory of: where a new source may start from. */
  const sourcesOf = new Map<string, Set<string>>();

  const restored = async (place: Place, source: string): Promise<HeldMemory | null> => {
    const state = await store.states.get(place.id, source);
    if (!state) return null;
    const fresh = { placeId: place.id, source, version: state.version };
    if (state.model !== forecaster.model) return { ...fresh, memory: forecaster.start(place) };
    try {
      return { ...fresh, memory: forecaster.restore(place, state.bytes) };
    } catch {
      // Bytes of another layout: the readings are all in the store, and the stage learns them again.
      return { ...fresh, memory: forecaster.start(place) };
    }
  };
  const fromAnotherSource = async (place: Place, source: string): Promise<ForecasterMemory | null> => {
    const newest = (await store.observations.latest([place.id])).get(place.id)?.source;
    for (const other of new Set([...(sourcesOf.get(place.id) ?? []), ...(newest ? [newest] : [])])) {
      if (other === source) continue;
      const state = await store.states.get(place.id, other);
      if (state?.model === forecaster.model) return forecaster.restore(place, state.bytes);
    }
    return null;
  };

  return {
    async take(placeId, source) {
      const place = byId.get(placeId);
      if (!place) return null;
      const id = `${placeId}\n${source}`;
      let found = held.get(id) ?? (await restored(place, source));
      found ??= {
        placeId,
        source,
        memory: (await fromAnotherSource(place, source)) ?? forecaster.start(place),
        version: 0,
      };
      // Taken last, dropped last: a Map keeps the order in which its keys were set.
      held.delete(id);
      held.set(id, found);
      sourcesOf.set(placeId, (sourcesOf.get(placeId) ?? new Set()).add(source));
      const [oldest] = held.keys();
      if (held.size > size && oldest !== undefined) held.delete(oldest);
      return found;
    },
    clear: () => held.clear(),
  };
}
