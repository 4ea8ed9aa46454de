import type { Context } from '../core/context.ts';
import { asHarmattanError } from '../core/errors.ts';
import { retry } from '../core/retry.ts';
import { HOUR_MS, type Instant, SECOND_MS, toRfc3339 } from '../core/time.ts';
import { observationMessage } from '../journal/flat-record.ts';
import { forecastMessage } from '../journal/forecast-record.ts';
import type { Journal, JournalMessage } from '../journal/journal.ts';
import type { PollRecord } from '../journal/poll-record.ts';
import { EVENT_TYPES, eventHeaders, type Topic } from '../journal/topics.ts';
import type { Place } from '../weather/place.ts';
import type { ProviderForecast } from '../weather/prediction.ts';
import type { Reading } from './source.ts';

/** How long an append may be tried again. */
export interface AppendBound {
  readonly deadlineAt: Instant | null;
  readonly signal: AbortSignal;
}

/** Puts what the sources gave into the journal. */
export interface JournalWriter {
  /**
   * Resolves when the journal has them for good. A full disk is waited out until the bound.
   *
   * @throws HarmattanError HMT_JOURNAL_*: none of them was appended
   */
  readings(readings: readonly Reading[], backfill: boolean, bound: AppendBound): Promise<void>;
  /** Appends forecasts that were not appended before; a failure is logged and made good by a later call. */
  forecasts(forecasts: readonly ProviderForecast[]): Promise<void>;
  /** Appends the outcomes of a round. What cannot be appended is kept, within bounds, and goes with the next. */
  outcomes(records: readonly PollRecord[]): Promise<void>;
}

/** Outcomes kept while the journal refuses them; older ones are dropped: the look-back finds their slots pending. */
const KEPT_OUTCOMES = 200;
const FIRST_DELAY_MS = SECOND_MS;
const LONGEST_DELAY_MS = 30 * SECOND_MS;

export function journalWriter(
  journal: Journal,
  places: ReadonlyMap<string, Place>,
  context: Context,
  onceForecast: boolean,
): JournalWriter {
  const { clock, random, logger, meter } = context;
  const issued = new Map<string, ProviderForecast>();
  let waiting: JournalMessage[] = [];

  const append = (topic: Topic, messages: readonly JournalMessage[], { deadlineAt, signal }: AppendBound) =>
    retry(() => journal.append(topic, messages), {
      clock,
      random,
      attempts: Number.POSITIVE_INFINITY,
      firstDelayMs: FIRST_DELAY_MS,
      longestDelayMs: LONGEST_DELAY_MS,
      deadlineAt,
      signal,
      onRetry: (error, delayMs) => {
        meter.count('harmattan_poll_append_retries_total', { topic });
        const { code } = asHarmattanError(error, 'HMT_JOURNAL_UNAVAILABLE');
        logger.warn('The journal refused readings; trying again', { code, delayMs });
      },
    });

  /** One per model run; where runs are not named (issued when received), one per hour. */
  const isNew = (forecast: ProviderForecast) => {
    const before = issued.get(`${forecast.source}/${forecast.placeId}`);
    if (!onceForecast || before === undefined) return true;
    if (forecast.issuedAt === forecast.receivedAt) return forecast.issuedAt - before.issuedAt >= HOUR_MS;
    return forecast.issuedAt !== before.issuedAt;
  };

  return {
    async readings(readings, backfill, bound) {
      const messages = readings.flatMap(({ observation, stale }) => {
        const place = places.get(observation.placeId);
        return place ? [observationMessage(observation, place, { stale, backfill })] : [];
      });
      if (messages.length > 0) await append('observations', messages, bound);
    },

    async forecasts(forecasts) {
      const fresh = forecasts.filter((forecast) => places.has(forecast.placeId) && isNew(forecast));
      if (fresh.length === 0) return;
      try {
        await journal.append('forecasts', fresh.map(forecastMessage));
        for (const forecast of fresh) issued.set(`${forecast.source}/${forecast.placeId}`, forecast);
      } catch (error) {
        const { code } = asHarmattanError(error, 'HMT_JOURNAL_UNAVAILABLE');
        logger.warn('The journal refused a provider forecast; the next call brings it again', { code });
      }
    },

    async outcomes(records) {
      waiting.push(...records.map(outcomeMessage));
      if (waiting.length === 0) return;
      try {
        await journal.append('polls', waiting);
        waiting = [];
      } catch (error) {
        const { code } = asHarmattanError(error, 'HMT_JOURNAL_UNAVAILABLE');
        waiting = waiting.slice(-KEPT_OUTCOMES);
        logger.warn('The journal refused the outcome of a poll; it is kept', { code, kept: waiting.length });
      }
    },
  };
}

/** One outcome as a message of the `polls` topic: key = source, so that a source's outcomes stay in order. */
export function outcomeMessage(record: PollRecord): JournalMessage {
  return {
    key: record.source,
    headers: eventHeaders({
      id: `${record.source}/${record.slotAt}/${record.startedAt}${record.backfill ? '/backfill' : ''}`,
      source: `/providers/${record.source}`,
      type: EVENT_TYPES.polls,
      time: toRfc3339(record.finishedAt),
    }),
    value: Buffer.from(JSON.stringify(record)),
  };
}
