import type { Instant } from '../core/time.ts';
import { HOUR_MS } from '../core/time.ts';
import { readEras } from '../ledger/era.ts';
import type { Slot, SlotKey, SlotState } from '../ledger/ledger.ts';
import type { FeedItem, Store, StoredObservation } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import { LEVELS, type Prediction } from '../weather/prediction.ts';
import type { Quantity, QuantityValues } from '../weather/quantity.ts';
import type { WatchOptions } from './config.ts';
import type { PlaceSignal } from './signals.ts';

/** Quantities that every weather source of ours gives: a reading without them is partial. */
const EXPECTED: readonly Quantity[] = ['humidityPct', 'pressureHpa', 'windSpeedMps'];
/** Feed entries of one read: a round of 10,000 places is few of them, and memory is bounded. */
const READ_AT_ONCE = 10_000;
/** Slots before the newest one that a start looks at: the newest that is decided lies among them. */
const SLOTS_BACK = 8;
const FAILED: readonly SlotState[] = ['missing', 'quarantined'];
const SLOTS_AT_ONCE = 1000;

/** One object for all that is empty, so that what did not change is the same object and need not be compared. */
const NONE: readonly never[] = [];
const NOTHING: PlaceSignal = {
  lastValidAt: null,
  lastSlotAt: null,
  cause: null,
  flags: NONE,
  lacking: NONE,
  stale: false,
  issuedAt: null,
  values: {},
  chances: {},
  coverage80: null,
};

/** What the feed said of each place since the last look, the newest of each kind. */
interface Heard {
  readonly read: Set<string>;
  readonly issuedAt: Map<string, Instant>;
  readonly slots: Map<string, { readonly slotAt: Instant; readonly state: SlotState }>;
}

/**
 * The places' part of the signals, kept up to date from the store's feed: an evaluation costs what has changed, however
 * many places there are. After lost entries everything is read anew.
 */
export class PlaceSignals {
  readonly #store: Store;
  readonly #ids: readonly string[];
  readonly #known: ReadonlySet<string>;
  readonly #options: WatchOptions;
  readonly #wanted: readonly Quantity[];
  #position: string | null = null;
  #started = false;
  #signals: Readonly<Record<string, PlaceSignal>>;
  /** The newest slot heard of, per place: older ones say nothing about now. */
  readonly #slotAt = new Map<string, Instant>();

  constructor(store: Store, places: readonly Place[], options: WatchOptions) {
    this.#store = store;
    this.#ids = places.map(({ id }) => id);
    this.#known = new Set(this.#ids);
    this.#options = options;
    const onReadings = options.thresholds.filter(({ on }) => on === 'reading');
    this.#wanted = [...new Set(onReadings.map(({ quantity }) => quantity))];
    this.#signals = Object.fromEntries(this.#ids.map((id) => [id, NOTHING]));
  }

  /** Brings the signals up to the feed's head. The very same object when nothing changed. */
  async refresh(): Promise<Readonly<Record<string, PlaceSignal>>> {
    if (!this.#started) {
      await this.#readAll();
      this.#started = true;
      return this.#signals;
    }
    const heard: Heard = { read: new Set(), issuedAt: new Map(), slots: new Map() };
    let position = this.#position;
    for (let more = true; more; ) {
      const { entries, gap } = await this.#store.feed.read(position, READ_AT_ONCE);
      if (gap) {
        await this.#readAll();
        return this.#signals;
      }
      for (const { item } of entries) this.#hear(item, heard);
      position = entries.at(-1)?.position ?? position;
      more = entries.length === READ_AT_ONCE;
    }
    await this.#apply(heard);
    this.#position = position;
    return this.#signals;
  }

  /** What slow checks found: coverage by place. */
  setCoverage(placeId: string, coverage80: number | null): void {
    const signal = this.#signals[placeId];
    if (signal && signal.coverage80 !== coverage80)
      this.#signals = { ...this.#signals, [placeId]: { ...signal, coverage80 } };
  }

  #hear(item: FeedItem, { read, issuedAt, slots }: Heard): void {
    const placeId = item.kind === 'forecast' ? item.placeId : item.key.placeId;
    if (!this.#known.has(placeId)) return;
    if (item.kind === 'observation') read.add(placeId);
    else if (item.kind === 'forecast') {
      if (item.issuedAt > (issuedAt.get(placeId) ?? 0)) issuedAt.set(placeId, item.issuedAt);
    } else if (item.state !== 'pending') {
      const { slotAt } = item.key;
      if (slotAt < (slots.get(placeId)?.slotAt ?? this.#slotAt.get(placeId) ?? 0)) return;
      slots.set(placeId, { slotAt, state: item.state });
    }
  }

  async #apply({ read, issuedAt, slots }: Heard): Promise<void> {
    const changed = new Map<string, PlaceSignal>();
    const change = (id: string, differs: Partial<PlaceSignal>) =>
      changed.set(id, { ...((changed.get(id) ?? this.#signals[id]) as PlaceSignal), ...differs });
    const failed = [...slots].filter(([, { state }]) => FAILED.includes(state));
    const causes = await this.#causesOf(failed.map(([placeId, { slotAt }]) => ({ placeId, slotAt })));
    for (const [id, { slotAt, state }] of slots) {
      const before = this.#signals[id] as PlaceSignal;
      const [cause, stale] = [causes.get(id) ?? null, state === 'stale'];
      if (before.cause !== cause || before.stale !== stale) change(id, { cause, stale });
      this.#slotAt.set(id, slotAt);
    }
    if (read.size > 0)
      for (const [id, row] of await this.#store.observations.latest([...read])) change(id, this.#fromReading(row));
    for (const [id, at] of issuedAt)
      if (at > (this.#signals[id]?.issuedAt ?? 0)) change(id, { issuedAt: at, chances: await this.#chancesOf(id, at) });
    if (changed.size === 0) return;
    const signals: Record<string, PlaceSignal> = { ...this.#signals };
    for (const [id, signal] of changed) signals[id] = signal;
    this.#signals = signals;
  }

  async #readAll(): Promise<void> {
    this.#position = await this.#store.feed.head();
    const latest = await this.#store.observations.latest(this.#ids);
    const undone = await this.#newestUndone();
    const causes = await this.#causesOf([...undone.values()].filter(({ state }) => FAILED.includes(state)));
    const signals: Record<string, PlaceSignal> = {};
    for (const id of this.#ids) {
      const row = latest.get(id);
      const before = this.#signals[id] ?? NOTHING;
      const issuedAt = (await this.#store.predictions.newest(id))?.issuedAt ?? null;
      const chances = issuedAt === null ? NOTHING.chances : await this.#chancesOf(id, issuedAt);
      const slot = undone.get(id);
      const readAt = row ? Math.max(row.validAt, row.slotAt ?? row.validAt) : Number.NEGATIVE_INFINITY;
      const decidedAt = Math.max(readAt, slot?.slotAt ?? readAt);
      if (decidedAt > (this.#slotAt.get(id) ?? Number.NEGATIVE_INFINITY)) this.#slotAt.set(id, decidedAt);
      // A slot that failed before the newest reading came is over.
      const lasts = slot !== undefined && readAt <= slot.slotAt;
      const cause = lasts ? (causes.get(id) ?? null) : null;
      const stale = lasts && slot.state === 'stale';
      signals[id] = { ...before, cause, stale, ...(row ? this.#fromReading(row) : {}), issuedAt, chances };
    }
    this.#signals = signals;
  }

  /** The newest slot of each place that came to nothing or brought an old reading, of the last few. */
  async #newestUndone(): Promise<ReadonlyMap<string, Slot>> {
    const undone = new Map<string, Slot>();
    const newestAt = (await this.#store.slots.extent())?.to;
    const everyMs = (await readEras(this.#store)).at(-1)?.everyMs;
    if (newestAt === undefined || everyMs === undefined) return undone;
    const range = { from: newestAt - SLOTS_BACK * everyMs, to: newestAt + 1, limit: SLOTS_AT_ONCE };
    let cursor: string | undefined;
    do {
      const page = await this.#store.slots.query({
        ...range,
        states: [...FAILED, 'stale'],
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const slot of page.items) undone.set(slot.placeId, slot);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return undone;
  }

  #fromReading({ validAt, slotAt, values, flags }: StoredObservation) {
    const lacking = EXPECTED.some((quantity) => values[quantity] === null)
      ? EXPECTED.filter((quantity) => values[quantity] === null)
      : NONE;
    return {
      lastValidAt: validAt,
      lastSlotAt: slotAt,
      flags: flags.length === 0 ? NONE : flags.map(({ reason, quantity }) => `${reason}:${quantity}`),
      lacking,
      values: toldOf(
        values,
        flags.length === 0 ? this.#wanted : [...this.#wanted, ...flags.map((flag) => flag.quantity)],
      ),
    };
  }

  /** Why these slots came to nothing, by place. */
  async #causesOf(keys: readonly SlotKey[]): Promise<ReadonlyMap<string, string>> {
    if (keys.length === 0) return new Map();
    const slots = await this.#store.slots.get(keys);
    return new Map(
      slots.flatMap((slot) => {
        const cause = slot?.detail ?? slot?.reason ?? null;
        return slot && cause !== null ? [[slot.placeId, cause] as const] : [];
      }),
    );
  }

  /** How likely each threshold on forecasts is to be crossed within its hours. */
  async #chancesOf(placeId: string, issuedAt: Instant): Promise<PlaceSignal['chances']> {
    const asked = [...this.#options.thresholds.entries()].filter(
      ([, { on, place }]) => on === 'forecast' && (place === '*' || place === placeId),
    );
    if (asked.length === 0) return NOTHING.chances;
    const prediction = await this.#store.predictions.get(placeId, issuedAt);
    if (!prediction) return NOTHING.chances;
    return Object.fromEntries(asked.map(([index, threshold]) => [String(index), chanceOf(prediction, threshold)]));
  }
}

function toldOf(values: QuantityValues, wanted: readonly Quantity[]): PlaceSignal['values'] {
  if (wanted.length === 0) return NOTHING.values;
  const told: Partial<Record<Quantity, number>> = {};
  for (const quantity of wanted) {
    const value = values[quantity];
    if (value !== null) told[quantity] = value;
  }
  return told;
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
