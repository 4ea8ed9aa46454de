import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Context } from '../core/context.ts';
import { asHarmattanError, HarmattanError } from '../core/errors.ts';
import { HOUR_MS, type Instant, SECOND_MS } from '../core/time.ts';
import type { ForecasterState, Store, StoredObservation } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import type { Prediction } from '../weather/prediction.ts';
import { type ChangedPlaces, type ChangedSeries, changedPlaces, everyPlace } from './changed-series.ts';
import type { ForecastOptions } from './config.ts';
import type { Forecaster } from './forecaster.ts';
import { isPreferred, issueFrom, issuingReading } from './issue.ts';
import { learnSeries } from './learn-series.ts';
import { type HeldMemory, type MemoryShelf, memoryShelf } from './memory-shelf.ts';

/** The stage's group in the store's feed. */
export const FORECAST_GROUP = 'forecast';

/** Fact in the store: `{ lastSuccessAt }`, when readings were last learnt and committed. */
export const FORECAST_FACT = 'forecast/last';

export interface ForecastStageInput {
  readonly store: Store;
  readonly forecaster: Forecaster;
  readonly places: readonly Place[];
  readonly context: Context;
  readonly options: ForecastOptions;
  /** Whose series a place is forecast from, the most preferred first; a source that is not listed comes last. */
  readonly preference: readonly string[];
}

/**
 * Learns every new reading and issues a forecast for each place's newest one. A consumer of the store's feed: its
 * position, the memories and the forecasts are saved as one, so that replay changes nothing and ingest never waits.
 */
export interface ForecastStage {
  /** Works until `signal` aborts, finishes what is in hand and returns. No failure ends it: it backs off and goes on. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Does all the work there is at this moment; returns how many readings it learnt. Not while `run` is running.
   *
   * @throws HarmattanError of the store; nothing is lost, the next call goes on from the last commit
   */
  drain(): Promise<number>;
}

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30 * SECOND_MS;
const CONFLICT_TRIES = 5;
/** Places learnt and committed as one. */
const PLACES_AT_ONCE = 100;
/** Work for longer than this without a turn of the event loop keeps HTTP waiting. */
const TURN_MS = 5;
/**
 * Saved while a rebuild that began without any position is under way. The feed never gave it, so that after a crash it
 * answers with a gap, and the rebuild begins again.
 */
const REBUILDING = 'rebuilding';

export function forecastStage(input: ForecastStageInput): ForecastStage {
  return new Stage(input);
}

class Stage implements ForecastStage {
  readonly #input: ForecastStageInput;
  readonly #shelf: MemoryShelf;
  /** Per place, when its newest forecast was issued; −∞ before the first. */
  readonly #issuedAt = new Map<string, Instant>();
  /** Per place, the sources that were heard of. */
  readonly #sources = new Map<string, Set<string>>();
  #turnAt: Instant;

  constructor(input: ForecastStageInput) {
    this.#input = input;
    this.#turnAt = input.context.clock.now();
    this.#shelf = memoryShelf(input.store, input.forecaster, input.places, input.options.memories);
  }

  async drain(): Promise<number> {
    try {
      return await this.#catchUp(null);
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { store, context } = this.#input;
    let backoffMs = FIRST_BACKOFF_MS;
    while (!signal.aborted) {
      try {
        await this.#catchUp(signal);
        await store.feed.wait(await store.states.position(FORECAST_GROUP), signal);
        backoffMs = FIRST_BACKOFF_MS;
      } catch (thrown) {
        this.#forget();
        const error = asHarmattanError(thrown, 'HMT_STORE_UNAVAILABLE');
        context.meter.count('harmattan_forecast_retries_total', { code: error.code });
        context.logger.error('Forecasts could not be issued; trying again.', {
          code: error.code,
          reason: error.message,
          waitMs: backoffMs,
        });
        await context.clock.sleep(error.retryAfterMs ?? backoffMs, signal);
        backoffMs = Math.min(2 * backoffMs, LONGEST_BACKOFF_MS);
      }
    }
  }

  /** What was computed but perhaps not saved is computed again from the store. */
  #forget(): void {
    this.#shelf.clear();
    this.#issuedAt.clear();
  }

  async #catchUp(signal: AbortSignal | null): Promise<number> {
    const { store, context } = this.#input;
    let total = 0;
    while (!signal?.aborted) {
      const learnt = await this.#step(signal);
      if (learnt === null) break;
      total += learnt;
    }
    if (total > 0) await store.facts.set(FORECAST_FACT, { lastSuccessAt: context.clock.now() });
    return total;
  }

  /** One stretch of the feed. Returns how many readings were learnt; `null` when there was nothing to read. */
  async #step(signal: AbortSignal | null): Promise<number | null> {
    const { store, forecaster, places, context, options } = this.#input;
    const position = await store.states.position(FORECAST_GROUP);
    const { entries, gap } = await store.feed.read(position, options.batchEntries);
    if (!gap) {
      const last = entries[entries.length - 1];
      return last ? this.#learnPlaces(changedPlaces(entries), position, last.position, signal) : null;
    }
    // The head first: what is written while the store is read comes again with the feed, and changes nothing.
    const head = await store.feed.head();
    if (head === null) return null;
    context.logger.info('The feed has lost entries; learning from the readings themselves.', {});
    const placeIds = places.map(({ id }) => id);
    return this.#learnPlaces(await everyPlace(store, placeIds, forecaster.contextMs), position, head, signal);
  }

  /** The position moves with the last part: what came before is learnt again after a crash, which changes nothing. */
  async #learnPlaces(
    changed: ChangedPlaces,
    before: string | null,
    after: string,
    signal: AbortSignal | null,
  ): Promise<number> {
    const places = [...changed.values()];
    let learnt = 0;
    for (let at = 0; at === 0 || at < places.length; at += PLACES_AT_ONCE) {
      if (at > 0 && signal?.aborted) break;
      const reached = at + PLACES_AT_ONCE >= places.length ? after : (before ?? REBUILDING);
      learnt += await this.#commit(places.slice(at, at + PLACES_AT_ONCE), reached);
    }
    return learnt;
  }

  /** Learns, forecasts and commits some places; when another writer was first, reads their states again and reapplies. */
  async #commit(places: readonly (readonly ChangedSeries[])[], position: string): Promise<number> {
    const { store, context } = this.#input;
    for (let tries = 1; ; tries++) {
      const { states, held, predictions, learnt } = await this.#work(places);
      try {
        await store.states.commit(states, predictions, { group: FORECAST_GROUP, position }, context.clock.now());
        for (const one of held) one.version++;
        for (const { placeId, issuedAt } of predictions) this.#issuedAt.set(placeId, issuedAt);
        context.meter.count('harmattan_forecast_issues_total', {}, predictions.length);
        return learnt;
      } catch (error) {
        this.#forget();
        const conflict = error instanceof HarmattanError && error.code === 'HMT_STORE_CONFLICT';
        if (!conflict || tries >= CONFLICT_TRIES) throw error;
      }
    }
  }

  async #work(places: readonly (readonly ChangedSeries[])[]) {
    const { store, forecaster, options, preference } = this.#input;
    const states: ForecasterState[] = [];
    const held: HeldMemory[] = [];
    const predictions: Prediction[] = [];
    let learnt = 0;
    const latest = await store.observations.latest(places.flatMap(([series]) => series?.placeId ?? []));
    for (const series of places) {
      await this.#turn();
      const reading = await this.#issuingReading(series, latest, preference);
      for (const one of series) {
        const memory = await this.#shelf.take(one.placeId, one.source);
        if (!memory) continue;
        const newest = latest.get(one.placeId);
        learnt += await learnSeries(store, one, memory.memory, forecaster.contextMs, newest, () => this.#turn());
        held.push(memory);
        if (reading?.source === one.source && reading.validAt > (await this.#lastIssuedAt(one.placeId))) {
          await this.#learnProviderForecasts(memory, reading.validAt);
          const prediction = issueFrom(reading, memory, options.horizonHours);
          if (prediction) predictions.push(prediction);
        }
        const { model } = forecaster;
        const [{ placeId, source }, bytes] = [one, memory.memory.serialise()];
        states.push({ placeId, source, model, bytes, version: memory.version + 1 });
      }
    }
    return { states, held, predictions, learnt };
  }

  /** Where no source was heard of that is preferred to the newest reading's, that is the one: nothing is asked. */
  async #issuingReading(
    series: readonly ChangedSeries[],
    latest: ReadonlyMap<string, StoredObservation>,
    preference: readonly string[],
  ): Promise<StoredObservation | null> {
    const newest = latest.get(series[0]?.placeId ?? '');
    if (!newest) return null;
    const known = this.#sources.get(newest.placeId);
    const sources = known ?? new Set<string>();
    if (!known) this.#sources.set(newest.placeId, sources);
    for (const { source } of series) sources.add(source);
    if (known && isPreferred(newest.source, sources, preference)) return newest;
    const reading = await issuingReading(this.#input.store.observations, newest, preference);
    sources.add(reading.source);
    return reading;
  }

  async #turn(): Promise<void> {
    const { clock } = this.#input.context;
    if (Math.abs(clock.now() - this.#turnAt) <= TURN_MS) return;
    await turnOfTheLoop();
    this.#turnAt = clock.now();
  }

  async #lastIssuedAt(placeId: string): Promise<Instant> {
    const known = this.#issuedAt.get(placeId);
    if (known !== undefined) return known;
    const issuedAt = (await this.#input.store.predictions.newest(placeId))?.issuedAt ?? Number.NEGATIVE_INFINITY;
    this.#issuedAt.set(placeId, issuedAt);
    return issuedAt;
  }

  /**
   * What providers had forecast before the reading's hour began, for a forecaster that can use it; it takes the same one
   * twice without harm, and is told once for all readings of an hour. Of the hour itself the store keeps only the last
   * issue so far, and whether that was stored before or after the reading is chance. A provider's forecast is never held
   * against readings of its own: it would be flattered.
   */
  async #learnProviderForecasts(held: HeldMemory, validAt: Instant): Promise<void> {
    const { placeId, source, memory, heardAsOf } = held;
    const asOf = Math.floor(validAt / HOUR_MS) * HOUR_MS - 1;
    if (!memory.observeProviderForecast || asOf === heardAsOf) return;
    for (const forecast of await this.#input.store.predictions.providerForecasts(placeId, asOf))
      if (forecast.source !== source) memory.observeProviderForecast(forecast);
    held.heardAsOf = asOf;
  }
}
