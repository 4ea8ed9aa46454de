import { HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import { readEras } from '../ledger/era.ts';
import type { Store } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import type { WatchOptions } from './config.ts';
import type { Channel } from './notifier.ts';
import { channelStandings } from './outbox-row.ts';
import { PlaceSignals } from './place-signals.ts';
import type { Signals, StageSignal } from './signals.ts';

/** What the watch is told by the program around it. */
export interface WatchedProgram {
  /** The plan in force; `null` when nothing is expected. */
  plan(): Promise<{ readonly everyMs: number; readonly graceMs: number } | null>;
  stages(): Promise<Readonly<Record<string, StageSignal>>>;
  /** Newest error of each source, the preferred first; `null` while it works. */
  sources(): Promise<Signals['sources']>;
  /** Share used of each quota, by `<source>/<window>`. */
  quotas(now: Instant): Promise<Signals['quotas']>;
  /** Share of the data folder's disk that is free; `null` where nobody can tell. */
  diskFreeShare(): Promise<number | null>;
  /** Verified coverage of the 80 % band over the last 14 days; `null` with fewer than 500 pairs. Absent: not watched. */
  coverage?(placeId: string): Promise<number | null>;
}

export interface SignalReaderInput {
  readonly store: Store;
  readonly places: readonly Place[];
  readonly options: WatchOptions;
  readonly program: WatchedProgram;
  readonly channels: readonly Channel[];
}

/** How often what is not in the store's feed is looked at. */
const SLOW_EVERY_MS = 5 * MINUTE_MS;
const COVERAGE_EVERY_MS = 24 * HOUR_MS;

/** Gathers the signals of each evaluation: cheap when nothing has changed. */
export class SignalReader {
  readonly #input: SignalReaderInput;
  readonly #places: PlaceSignals;
  #slow: Omit<Signals, 'places'> | null = null;
  #slowAt: Instant = Number.NEGATIVE_INFINITY;
  #coverageAt: Instant | null = null;
  /** Totals of quarantine, to tell its growth. */
  #totals: readonly { readonly at: Instant; readonly total: number }[] = [];
  #signals: Signals | null = null;

  constructor(input: SignalReaderInput) {
    this.#input = input;
    this.#places = new PlaceSignals(input.store, input.places, input.options);
  }

  /** The signals at `now`; the very same object as before when nothing changed. */
  async read(now: Instant): Promise<Signals> {
    const due = this.#slow === null || Math.abs(now - this.#slowAt) >= SLOW_EVERY_MS;
    const slow = due ? await this.#readSlow(now) : (this.#slow as Omit<Signals, 'places'>);
    const places = await this.#places.refresh();
    if (this.#signals === null || slow !== this.#slow || places !== this.#signals.places)
      this.#signals = { ...slow, places };
    this.#slow = slow;
    return this.#signals;
  }

  async #readSlow(now: Instant): Promise<Omit<Signals, 'places'>> {
    const { store, program, channels } = this.#input;
    this.#slowAt = now;
    const plan = await program.plan();
    const sinceAt = (await readEras(store)).at(-1)?.fromAt ?? now;
    const standings = await channelStandings(store.facts);
    const quarantined = Object.values(await store.quarantine.count()).reduce((sum, one) => sum + one, 0);
    this.#totals = [...this.#totals.filter(({ at }) => now - at <= HOUR_MS), { at: now, total: quarantined }];
    await this.#readCoverage(now);
    const slow = {
      expected: plan && { ...plan, sinceAt },
      sources: await program.sources(),
      stages: await program.stages(),
      quarantinedLastHour: Math.max(0, quarantined - (this.#totals[0]?.total ?? quarantined)),
      quotas: await program.quotas(now),
      channels: Object.fromEntries(
        channels.map((channel) => [channel, standings.get(channel)?.failingSinceAt ?? null]),
      ),
      diskFreeShare: await program.diskFreeShare(),
    };
    return this.#slow !== null && JSON.stringify(slow) === JSON.stringify(this.#slow) ? this.#slow : slow;
  }

  /** Once a day: verifying weeks of forecasts takes its time. */
  async #readCoverage(now: Instant): Promise<void> {
    const { program, places } = this.#input;
    if (!program.coverage) return;
    // Not at the start: then everybody waits for the first page.
    this.#coverageAt ??= now - COVERAGE_EVERY_MS + HOUR_MS;
    if (now - this.#coverageAt < COVERAGE_EVERY_MS) return;
    this.#coverageAt = now;
    for (const { id } of places) this.#places.setCoverage(id, await program.coverage(id));
  }
}
