import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Context } from '../core/context.ts';
import { asHarmattanError, HarmattanError } from '../core/errors.ts';
import { HOUR_MS, type Instant, SECOND_MS } from '../core/time.ts';
import type { FeedEntry, ForecasterState, Store, StoredObservation } from '../store/store.ts';
import type { ObservationKey } from '../weather/observation.ts';
import type { Place } from '../weather/place.ts';
import type { Prediction } from '../weather/prediction.ts';
import type { ForecastOptions } from './config.ts';
import type { Forecaster, TemperatureReading } from './forecaster.ts';
import { type HeldMemory, type MemoryShelf, memoryShelf } from './memory-shelf.ts';

/** The stage's group in the store's feed. */
export const FORECAST_GROUP = 'forecast';

/** Fact in the store: `{ lastSuccessAt }`, when forecasts were last committed. */
export const FORECAST_FACT = 'forecast/last';

export interface ForecastStageInput {
  readonly store: Store;
  readonly forecaster: Forecaster;
  readonly places: readonly Place[];
  readonly context: Context;
  readonly options: ForecastOptions;
}

/**
 * Learns every new reading and issues a forecast for each place's newest one. A consumer of the store's feed: its
 * position, the memories and the forecasts are saved as one, so that replay changes nothing and ingest never waits.
 */
export interface ForecastStage {
  /** Works until `signal` aborts. No failure ends it. */
  run(signal: AbortSignal): Promise<void>;
  /** Does all the work there is at this moment; returns how many readings it learnt. Not while `run` is running. */
  drain(): Promise<number>;
}

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30 * SECOND_MS;
const CONFLICT_TRIES = 5;
/** Series learnt and committed as one: bounds the transaction and the time the event loop waits. */
const SERIES_AT_ONCE = 100;
/** Readings of one series read from the store at a time. */
const READINGS_AT_ONCE = 5_000;

interface Series {
  readonly placeId: string;
  readonly source: string;
  /** Oldest change of the series among the feed entries in hand. */
  fromAt: Instant;
  readonly changed: ObservationKey[];
}

export function forecastStage(input: ForecastStageInput): ForecastStage {
  const { store, context, options } = input;
  const shelf = memoryShelf(store, input.forecaster, input.places, options.memories);

  /** One step along the feed. Returns how many readings were learnt, or `null` when there was nothing to read. */
  const step = async (): Promise<number | null> => {
    const position = await store.states.position(FORECAST_GROUP);
    const { entries, gap } = await store.feed.read(position, options.batchEntries);
    const last = entries[entries.length - 1];
    if (!last) return null;
    const series = gap || position === null ? await everySeries(input, entries) : seriesOf(entries);
    let learnt = 0;
    for (let at = 0; at < Math.max(series.length, 1); at += SERIES_AT_ONCE) {
      const isLast = at + SERIES_AT_ONCE >= series.length;
      // The position moves with the last part: what came before is learnt again after a crash, which changes nothing.
      const reached = isLast ? last.position : (position ?? entries[0]?.position ?? last.position);
      learnt += await commitSeries(input, shelf, series.slice(at, at + SERIES_AT_ONCE), reached);
      if (!isLast) await turnOfTheLoop();
    }
    return learnt;
  };

  const steps = async (signal?: AbortSignal): Promise<number> => {
    let total = 0;
    while (!signal?.aborted) {
      const learnt = await step();
      if (learnt === null) break;
      total += learnt;
    }
    if (total > 0) await store.facts.set(FORECAST_FACT, { lastSuccessAt: context.clock.now() });
    return total;
  };

  return {
    drain: () => steps(),
    async run(signal) {
      let backoffMs = FIRST_BACKOFF_MS;
      while (!signal.aborted) {
        try {
          await steps(signal);
          await store.feed.wait(await store.states.position(FORECAST_GROUP), signal);
          backoffMs = FIRST_BACKOFF_MS;
        } catch (thrown) {
          const error = asHarmattanError(thrown, 'HMT_STORE_UNAVAILABLE');
          shelf.clear();
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
    },
  };
}

/** The series that feed entries touch. */
function seriesOf(entries: readonly FeedEntry[]): readonly Series[] {
  const found = new Map<string, Series>();
  for (const { item } of entries) {
    if (item.kind !== 'observation') continue;
    const { placeId, source, validAt } = item.key;
    const id = `${placeId}\n${source}`;
    const known = found.get(id);
    if (!known) found.set(id, { placeId, source, fromAt: validAt, changed: [item.key] });
    else {
      known.changed.push(item.key);
      known.fromAt = Math.min(known.fromAt, validAt);
    }
  }
  return [...found.values()];
}

/** After a gap in the feed, or before the first look at it: every place's series, from where its memory ends. */
async function everySeries(
  { store, places, forecaster }: ForecastStageInput,
  entries: readonly FeedEntry[],
): Promise<readonly Series[]> {
  const found = new Map(seriesOf(entries).map((series) => [`${series.placeId}\n${series.source}`, series]));
  const newest = await store.observations.latest(places.map(({ id }) => id));
  for (const [placeId, { source, validAt }] of newest) {
    const id = `${placeId}\n${source}`;
    const known = found.get(id) ?? { placeId, source, fromAt: validAt, changed: [] };
    known.fromAt = validAt - forecaster.contextMs;
    found.set(id, known);
  }
  return [...found.values()];
}

/** Learns, forecasts and commits some series; after a conflict reads their states again and reapplies. */
async function commitSeries(
  input: ForecastStageInput,
  shelf: MemoryShelf,
  series: readonly Series[],
  position: string,
): Promise<number> {
  const { store, context } = input;
  for (let tries = 1; ; tries++) {
    const states: ForecasterState[] = [];
    const predictions: Prediction[] = [];
    const held: HeldMemory[] = [];
    let learnt = 0;
    const newest = await store.observations.latest([...new Set(series.map(({ placeId }) => placeId))]);
    for (const one of series) {
      const memory = await shelf.take(one.placeId, one.source);
      if (!memory) continue;
      const before = memory.memory.newestAt;
      learnt += await learn(input, one, memory);
      held.push(memory);
      states.push({
        placeId: one.placeId,
        source: one.source,
        model: input.forecaster.model,
        bytes: memory.memory.serialise(),
        version: memory.version + 1,
      });
      const isNews =
        before === null ||
        (memory.memory.newestAt ?? before) > before ||
        one.changed.some(({ validAt }) => validAt === before);
      const prediction = isNews ? predictionOf(input, memory, newest.get(one.placeId)) : null;
      if (prediction) predictions.push(prediction);
    }
    try {
      await store.states.commit(states, predictions, { group: FORECAST_GROUP, position }, context.clock.now());
      for (const memory of held) memory.version++;
      context.meter.count('harmattan_forecast_issues_total', {}, predictions.length);
      return learnt;
    } catch (error) {
      shelf.clear();
      if (!(error instanceof HarmattanError && error.code === 'HMT_STORE_CONFLICT') || tries >= CONFLICT_TRIES)
        throw error;
    }
  }
}

/** Reads what changed, and whatever lies after what the memory knows, and learns it. */
async function learn(
  { store, forecaster }: ForecastStageInput,
  { placeId, source, fromAt, changed }: Series,
  { memory }: HeldMemory,
): Promise<number> {
  const isNew = memory.newestAt === null;
  const earliestAt = (memory.newestAt ?? fromAt) - forecaster.contextMs;
  const readings: TemperatureReading[] = [];
  const take = (row: StoredObservation | null) => {
    const reading = row ? readingOf(row) : null;
    if (reading) readings.push(reading);
  };
  if (!isNew && changed.length > 0 && changed.length <= 200)
    for (const key of changed) take(await store.observations.get(key));
  else {
    const from = Math.max(
      isNew ? fromAt - forecaster.contextMs : Math.min(fromAt, memory.newestAt ?? fromAt),
      earliestAt,
    );
    for await (const row of store.observations.stream({ placeId, from, to: Number.MAX_SAFE_INTEGER, which: 'all' })) {
      if (row.source !== source) continue;
      take(row);
      if (readings.length < READINGS_AT_ONCE) continue;
      memory.observe(readings.splice(0));
    }
  }
  memory.observe(readings);
  return readings.length;
}

/** A temperature that the checks doubt is not learnt. */
function readingOf(row: StoredObservation): TemperatureReading | null {
  const { temperatureC, dewPointC, pressureHpa, windSpeedMps } = row.values;
  if (temperatureC === null || row.flags.some(({ quantity }) => quantity === 'temperatureC')) return null;
  return { validAt: row.validAt, temperatureC, dewPointC, pressureHpa, windSpeedMps };
}

/** A forecast for the place's newest reading, when this series is the one that has it. */
function predictionOf(
  { forecaster, options }: ForecastStageInput,
  held: HeldMemory,
  newest: StoredObservation | undefined,
): Prediction | null {
  const { newestAt } = held.memory;
  if (!newest || newestAt === null || newest.source !== held.source || newest.validAt !== newestAt) return null;
  const firstHour = Math.floor(newestAt / HOUR_MS) + 1;
  const validAt = Array.from({ length: options.horizonHours }, (_, lead) => (firstHour + lead) * HOUR_MS);
  const { tier, calibration, meanC, quantilesC } = held.memory.forecast(newestAt, validAt);
  return {
    placeId: held.placeId,
    issuedAt: newestAt,
    model: forecaster.model,
    tier,
    calibration,
    source: held.source,
    validAt,
    meanC,
    quantilesC,
  };
}
