import type { Instant } from '../core/time.ts';
import { HOUR_MS } from '../core/time.ts';
import type { FeedItem, Store, StoredObservation } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import { LEVELS, type Prediction } from '../weather/prediction.ts';
import type { Quantity } from '../weather/quantity.ts';
import type { WatchOptions } from './config.ts';
import type { PlaceSignal } from './signals.ts';

/** Quantities that every weather source of ours gives: a reading without them is partial. */
const EXPECTED: readonly Quantity[] = ['humidityPct', 'pressureHpa', 'windSpeedMps'];
const READ_AT_ONCE = 1000;

const NOTHING: PlaceSignal = {
  lastValidAt: null,
  lastSlotAt: null,
  cause: null,
  flags: [],
  lacking: [],
  stale: false,
  issuedAt: null,
  values: {},
  chances: {},
  coverage80: null,
};

/**
 * The places' part of the signals, kept up to date from the store's feed: an evaluation costs what has changed, however
 * many places there are. After lost entries everything is read anew.
 */
export class PlaceSignals {
  readonly #store: Store;
  readonly #ids: readonly string[];
  readonly #options: WatchOptions;
  #position: string | null = null;
  #started = false;
  #signals: Record<string, PlaceSignal>;
  /** The newest slot heard of, per place: older ones say nothing about now. */
  readonly #slotAt = new Map<string, Instant>();

  constructor(store: Store, places: readonly Place[], options: WatchOptions) {
    this.#store = store;
    this.#ids = places.map(({ id }) => id);
    this.#options = options;
    this.#signals = Object.fromEntries(this.#ids.map((id) => [id, NOTHING]));
  }

  /** Brings the signals up to the feed's head. The very same object when nothing changed. */
  async refresh(): Promise<Readonly<Record<string, PlaceSignal>>> {
    if (!this.#started) {
      this.#position = await this.#store.feed.head();
      await this.#readAll();
      this.#started = true;
      return this.#signals;
    }
    for (;;) {
      const { entries, gap } = await this.#store.feed.read(this.#position, READ_AT_ONCE);
      if (gap) {
        this.#position = await this.#store.feed.head();
        await this.#readAll();
        return this.#signals;
      }
      const last = entries.at(-1);
      if (!last) return this.#signals;
      await this.#hear(entries.map(({ item }) => item));
      this.#position = last.position;
      if (entries.length < READ_AT_ONCE) return this.#signals;
    }
  }

  /** What slow checks found: coverage by place. */
  setCoverage(placeId: string, coverage80: number | null): void {
    const signal = this.#signals[placeId];
    if (signal && signal.coverage80 !== coverage80) this.#set(placeId, { ...signal, coverage80 });
  }

  #set(placeId: string, signal: PlaceSignal): void {
    this.#signals = { ...this.#signals, [placeId]: signal };
  }

  async #hear(items: readonly FeedItem[]): Promise<void> {
    const read = new Set<string>();
    const issued = new Map<string, Instant>();
    const changed: Record<string, PlaceSignal> = {};
    const signalOf = (id: string) => changed[id] ?? this.#signals[id] ?? null;
    for (const item of items) {
      if (item.kind === 'observation') read.add(item.key.placeId);
      else if (item.kind === 'forecast')
        issued.set(item.placeId, Math.max(item.issuedAt, issued.get(item.placeId) ?? 0));
      else {
        const { placeId, slotAt } = item.key;
        const signal = signalOf(placeId);
        if (!signal || slotAt < (this.#slotAt.get(placeId) ?? 0) || item.state === 'pending') continue;
        this.#slotAt.set(placeId, slotAt);
        const failed = item.state === 'missing' || item.state === 'quarantined';
        const cause = failed ? await this.#causeOf(placeId, slotAt) : null;
        changed[placeId] = { ...signal, stale: item.state === 'stale', cause };
      }
    }
    const known = [...read].filter((id) => id in this.#signals);
    for (const [id, row] of await this.#store.observations.latest(known)) {
      const signal = signalOf(id);
      if (signal) changed[id] = { ...signal, ...this.#fromReading(row) };
    }
    for (const [id, issuedAt] of issued) {
      const signal = signalOf(id);
      if (!signal || issuedAt <= (signal.issuedAt ?? 0)) continue;
      changed[id] = { ...signal, issuedAt, chances: await this.#chancesOf(id, issuedAt) };
    }
    if (Object.keys(changed).length > 0) this.#signals = { ...this.#signals, ...changed };
  }

  async #readAll(): Promise<void> {
    const latest = await this.#store.observations.latest(this.#ids);
    const signals: Record<string, PlaceSignal> = {};
    for (const id of this.#ids) {
      const row = latest.get(id);
      const before = this.#signals[id] ?? NOTHING;
      const issuedAt = (await this.#store.predictions.newest(id))?.issuedAt ?? null;
      const chances = issuedAt === null ? {} : await this.#chancesOf(id, issuedAt);
      signals[id] = { ...before, ...(row ? this.#fromReading(row) : {}), issuedAt, chances };
    }
    this.#signals = signals;
  }

  #fromReading({ validAt, slotAt, values, flags }: StoredObservation) {
    const wanted = new Set(
      this.#options.thresholds.filter(({ on }) => on === 'reading').map(({ quantity }) => quantity),
    );
    const told: Partial<Record<Quantity, number>> = {};
    for (const quantity of wanted) {
      const value = values[quantity];
      if (value !== null) told[quantity] = value;
    }
    return {
      lastValidAt: validAt,
      lastSlotAt: slotAt,
      flags: flags.map(({ reason, quantity }) => `${reason}:${quantity}`),
      lacking: EXPECTED.filter((quantity) => values[quantity] === null),
      values: told,
    };
  }

  async #causeOf(placeId: string, slotAt: Instant): Promise<string | null> {
    const [slot] = await this.#store.slots.get([{ placeId, slotAt }]);
    return slot?.detail ?? slot?.reason ?? null;
  }

  /** How likely each threshold on forecasts is to be crossed within its hours. */
  async #chancesOf(placeId: string, issuedAt: Instant): Promise<Readonly<Record<string, number>>> {
    const asked = [...this.#options.thresholds.entries()].filter(
      ([, { on, place }]) => on === 'forecast' && (place === '*' || place === placeId),
    );
    if (asked.length === 0) return {};
    const prediction = await this.#store.predictions.get(placeId, issuedAt);
    if (!prediction) return {};
    return Object.fromEntries(asked.map(([index, threshold]) => [String(index), chanceOf(prediction, threshold)]));
  }
}

/**
 * The chance that the hour most likely to cross the limit does: read from its quantiles, in steps of a level; at most
 * 0.95 and at least 0.05, beyond which the levels say nothing.
 */
export function chanceOf(
  { issuedAt, validAt, quantilesC }: Prediction,
  { above, below, withinHours }: Pick<WatchOptions['thresholds'][number], 'above' | 'below' | 'withinHours'>,
): number {
  let most = 0;
  for (const [lead, at] of validAt.entries()) {
    if (at > issuedAt + withinHours * HOUR_MS) break;
    const quantiles = quantilesC?.[lead];
    if (!quantiles) continue;
    if (above !== undefined) {
      const index = quantiles.findIndex((value) => value > above);
      if (index >= 0) most = Math.max(most, 1 - (LEVELS[index] ?? 1));
    } else if (below !== undefined) {
      const index = quantiles.findLastIndex((value) => value < below);
      if (index >= 0) most = Math.max(most, LEVELS[index] ?? 0);
    }
  }
  return Math.round(most * 100) / 100;
}
