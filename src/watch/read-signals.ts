import { HarmattanError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from '../core/time.ts';
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
  /** Whether some process runs each stage; `null` where nobody can tell. Absent: as `stages` says. */
  running?(): Promise<Readonly<Record<string, boolean | null>>>;
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
  readonly logger: Logger;
}

/** How often what is not in the store's feed is looked at. */
const SLOW_EVERY_MS = 5 * MINUTE_MS;
const COVERAGE_EVERY_MS = 24 * HOUR_MS;

type SlowSignals = Omit<Signals, 'places'>;

/** Gathers the signals of each evaluation: cheap when nothing has changed. */
export class SignalReader {
  readonly #input: SignalReaderInput;
  readonly #places: PlaceSignals;
  #slow: SlowSignals | null = null;
  #slowAt: Instant = Number.NEGATIVE_INFINITY;
  /** Places whose coverage is still to be read of this day's round; `null` before the first. */
  #uncovered: string[] | null = null;
  #coverageAt: Instant | null = null;
  readonly #coverageFailed = new Map<string, string>();
  /** Totals of quarantine, to tell its growth. */
  #totals: readonly { readonly at: Instant; readonly total: number }[] = [];
  #signals: Signals | null = null;

  constructor(input: SignalReaderInput) {
    this.#input = input;
    this.#places = new PlaceSignals(input.store, input.places, input.options);
  }

  /** The signals at `now`; the very same object as before when nothing changed. */
  async read(now: Instant): Promise<Signals> {
    await this.#readCoverage(now);
    const due = this.#slow === null || Math.abs(now - this.#slowAt) >= SLOW_EVERY_MS;
    const before = due ? await this.#readSlow(now) : (this.#slow as SlowSignals);
    const slow = await this.#withRunning(before);
    const places = await this.#places.refresh();
    if (this.#signals === null || slow !== this.#slow || places !== this.#signals.places)
      this.#signals = { ...slow, places };
    this.#slow = slow;
    return this.#signals;
  }

  async #readSlow(now: Instant): Promise<SlowSignals> {
    const { store, program, channels } = this.#input;
    const plan = await program.plan();
    const sinceAt = (await readEras(store)).at(-1)?.fromAt ?? now;
    const standings = await channelStandings(store.facts);
    const quarantined = Object.values(await store.quarantine.count()).reduce((sum, one) => sum + one, 0);
    this.#totals = [...this.#totals.filter(({ at }) => now - at <= HOUR_MS), { at: now, total: quarantined }];
    const failed: Record<string, string> = Object.fromEntries(this.#coverageFailed);
    /** One member that cannot be read leaves the others to be evaluated. */
    const member = async <Name extends 'sources' | 'stages' | 'quotas' | 'diskFreeShare'>(
      name: Name,
      nothing: Signals[Name],
      read: () => Promise<Signals[Name]>,
    ): Promise<Signals[Name]> => {
      try {
        return await read();
      } catch (error) {
        failed[name] = this.#failureOf(name, error);
        return this.#slow?.[name] ?? nothing;
      }
    };
    const slow: SlowSignals = {
      expected: plan && { ...plan, sinceAt },
      sources: await member('sources', {}, () => program.sources()),
      stages: await member('stages', {}, () => program.stages()),
      quarantinedLastHour: Math.max(0, quarantined - (this.#totals[0]?.total ?? quarantined)),
      quotas: await member('quotas', {}, () => program.quotas(now)),
      channels: Object.fromEntries(
        channels.map((channel) => [channel, standings.get(channel)?.failingSinceAt ?? null]),
      ),
      channelErrors: Object.fromEntries(
        channels.flatMap((channel) => {
          const { failingSinceAt = null, lastError = null } = standings.get(channel) ?? {};
          return failingSinceAt !== null && lastError !== null ? [[channel, lastError.code] as const] : [];
        }),
      ),
      diskFreeShare: await member('diskFreeShare', null, () => program.diskFreeShare()),
      failed,
      outage: null,
    };
    this.#slowAt = now;
    return this.#slow !== null && JSON.stringify(slow) === JSON.stringify(this.#slow) ? this.#slow : slow;
  }

  /** Who runs what is looked at every time: that nobody does is urgent. */
  async #withRunning(slow: SlowSignals): Promise<SlowSignals> {
    const { program } = this.#input;
    if (!program.running) return slow;
    const running = await program.running();
    const isNews = Object.entries(slow.stages).some(([stage, signal]) => signal.running !== (running[stage] ?? null));
    if (!isNews) return slow;
    const stages = Object.entries(slow.stages).map(
      ([stage, signal]) => [stage, { ...signal, running: running[stage] ?? null }] as const,
    );
    return { ...slow, stages: Object.fromEntries(stages) };
  }

  /**
   * Once a day, and a few places at each look: verifying weeks of forecasts takes its time, and meanwhile everything else
   * is to be evaluated.
   */
  async #readCoverage(now: Instant): Promise<void> {
    const { program, places, options } = this.#input;
    if (!program.coverage) return;
    // Not at the start: then everybody waits for the first page.
    this.#coverageAt ??= now - COVERAGE_EVERY_MS + HOUR_MS;
    if (now - this.#coverageAt >= COVERAGE_EVERY_MS) {
      this.#coverageAt = now;
      this.#uncovered = places.map(({ id }) => id);
    }
    const looks = COVERAGE_EVERY_MS / (options.everySeconds * SECOND_MS);
    for (const id of this.#uncovered?.splice(0, Math.ceil(places.length / looks)) ?? []) {
      try {
        this.#places.setCoverage(id, await program.coverage(id));
        this.#coverageFailed.delete(`coverage/${id}`);
      } catch (error) {
        this.#coverageFailed.set(`coverage/${id}`, this.#failureOf(`coverage/${id}`, error));
      }
    }
  }

  /** @throws what a store threw that cannot be read: then nothing can be evaluated */
  #failureOf(name: string, error: unknown): string {
    if (error instanceof HarmattanError && error.code.startsWith('HMT_STORE_')) throw error;
    this.#input.logger.error('A signal of the watch could not be read.', { signal: name, reason: String(error) });
    return error instanceof HarmattanError ? error.code : 'HMT_WATCH_RULE_FAILED';
  }
}
