import type { Store } from '../store/store.ts';
import type { QuantityFlag } from '../weather/observation.ts';
import { Series, type SeriesLimits } from './check.ts';
import type { DecodedReading } from './read-record.ts';

/** Series kept at most; the oldest are dropped and read from the store again when they speak. */
const CAPACITY = 50_000;
const PAGE_ROWS = 500;
const PAGES = 4;

/**
 * The recent past of every (place, source), in front of the store. What it holds is what the store holds plus the batch
 * in hand: after a batch that was not committed it must be cleared.
 */
export class SeriesMemory {
  readonly #store: Store;
  readonly #limits: SeriesLimits;
  readonly #places = new Map<string, Map<string, Series>>();
  #count = 0;
  /** While the store was empty at the start and nothing was dropped, a series that is not here has no past. */
  #complete: boolean | null = null;

  constructor(store: Store, limits: SeriesLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  /** Reads the past of the series in `readings` that are not here yet. */
  async prepare(readings: readonly DecodedReading[]): Promise<void> {
    this.#complete ??= (await this.#store.observations.extent()) === null;
    for (const { arrival } of readings) {
      const { placeId, source } = arrival.observation;
      if (this.#find(placeId, source) === null) await this.#load(placeId, source);
    }
  }

  /** Doubts about a reading, which it remembers. Call in the order of the journal. */
  judge(reading: DecodedReading): readonly QuantityFlag[] {
    const { observation } = reading.arrival;
    const series = this.#find(observation.placeId, observation.source) ?? this.#add(observation);
    return series.judge(observation, reading.place);
  }

  /** Forgets everything: after a failed batch, and when other partitions are assigned. */
  clear(): void {
    this.#places.clear();
    this.#count = 0;
    this.#complete = null;
  }

  #find(placeId: string, source: string): Series | null {
    return this.#places.get(placeId)?.get(source) ?? null;
  }

  #add({ placeId, source }: { readonly placeId: string; readonly source: string }): Series {
    if (this.#count >= CAPACITY) this.#dropOldest();
    const series = new Series(this.#limits);
    const sources = this.#places.get(placeId);
    if (sources) sources.set(source, series);
    else this.#places.set(placeId, new Map([[source, series]]));
    this.#count++;
    return series;
  }

  #dropOldest(): void {
    for (const [placeId, sources] of this.#places) {
      this.#places.delete(placeId);
      this.#count -= sources.size;
      this.#complete = false;
      return;
    }
  }

  async #load(placeId: string, source: string): Promise<void> {
    const series = this.#add({ placeId, source });
    if (this.#complete) return;
    let newestAt: number | null = null;
    let cursor: string | undefined;
    for (let page = 0; page < PAGES; page++) {
      const { items, nextCursor } = await this.#store.observations.query({
        placeId,
        from: Number.MIN_SAFE_INTEGER,
        to: Number.MAX_SAFE_INTEGER,
        which: 'all',
        order: 'desc',
        limit: PAGE_ROWS,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const row of items) {
        if (row.source !== source) continue;
        newestAt ??= row.validAt;
        series.remember(row);
      }
      const oldestAt = items.at(-1)?.validAt ?? Number.NEGATIVE_INFINITY;
      if (nextCursor === null || (newestAt !== null && oldestAt < newestAt - 2 * this.#limits.frozenMs)) return;
      cursor = nextCursor;
    }
  }
}
