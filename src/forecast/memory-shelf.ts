import type { Instant } from '../core/time.ts';
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
  /** Up to when it was told what providers forecast; −∞ before the first time. */
  heardAsOf: Instant;
}

/** The decoded memories of the series used last; the others lie in the store. */
export interface MemoryShelf {
  /**
   * The memory of a series: held, restored, or new. One whose source has never spoken at the place starts from the
   * memory of the source that the place's newest forecast came from, so that a failover does not begin from nothing.
   * `null` for a place that is not configured.
   */
  take(placeId: string, source: string): Promise<HeldMemory | null>;
  /** Forgets everything: the store is asked again. */
  clear(): void;
}

const NEVER = Number.NEGATIVE_INFINITY;
const idOf = (placeId: string, source: string): string => `${placeId}\n${source}`;

export function memoryShelf(store: Store, forecaster: Forecaster, places: readonly Place[], size: number): MemoryShelf {
  const byId = new Map(places.map((place) => [place.id, place]));
  const held = new Map<string, HeldMemory>();

  /** A stored memory of this model; `null` when there is none or its bytes are not to be read. */
  const restored = async (place: Place, source: string) => {
    const state = await store.states.get(place.id, source);
    if (!state) return null;
    let memory: ForecasterMemory | null = null;
    try {
      if (state.model === forecaster.model) memory = forecaster.restore(place, state.bytes);
    } catch {
      // Bytes of another layout: the readings are all in the store, and are learnt from there.
    }
    return { memory, version: state.version };
  };
  const fromOtherSource = async (place: Place, source: string): Promise<ForecasterMemory | null> => {
    const other = (await store.predictions.newest(place.id))?.source;
    if (other === undefined || other === source) return null;
    // What it learnt a moment ago counts, committed or not: how entries of the feed fall into batches is chance.
    const inHand = held.get(idOf(place.id, other))?.memory;
    return inHand ? forecaster.restore(place, inHand.serialise()) : ((await restored(place, other))?.memory ?? null);
  };

  return {
    async take(placeId, source) {
      const place = byId.get(placeId);
      if (!place) return null;
      const id = idOf(placeId, source);
      let found = held.get(id);
      if (!found) {
        const stored = await restored(place, source);
        const memory = stored ? stored.memory : await fromOtherSource(place, source);
        found = {
          placeId,
          source,
          memory: memory ?? forecaster.start(place),
          version: stored?.version ?? 0,
          heardAsOf: NEVER,
        };
      }
      // Taken last, dropped last: a Map keeps the order in which its keys were set.
      held.delete(id);
      held.set(id, found);
      const [oldest] = held.keys();
      if (held.size > size && oldest !== undefined) held.delete(oldest);
      return found;
    },
    clear: () => held.clear(),
  };
}
