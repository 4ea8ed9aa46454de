import { type Instant, MINUTE_MS } from '../core/time.ts';
import type { JournalRecord } from '../journal/journal.ts';
import type { Place } from '../weather/place.ts';
import type { ProcessOptions } from './config.ts';
import { type ObservationDecoder, observationDecoder } from './decode.ts';
import { type DecodedForecast, forecastDecoder } from './decode-forecast.ts';
import { type DecodedPoll, pollDecoder } from './decode-poll.ts';

/** One decoder per topic. None of them throws, and each depends on nothing but the record and what it was made with. */
export interface Decoders {
  readonly observations: ObservationDecoder;
  readonly forecasts: (record: JournalRecord) => DecodedForecast;
  readonly polls: (record: JournalRecord) => DecodedPoll;
}

export interface DecodersInput {
  readonly places: readonly Place[];
  readonly options: ProcessOptions;
  /** The slot that a reading nobody asked for falls in, where arrivals of foreign producers are expected. */
  readonly slotOf?: (validAt: Instant) => Instant | null;
}

/** The decoders that the process stage works with, for it and for the audit that repeats its judgement. */
export function decoders({ places, options, slotOf }: DecodersInput): Decoders {
  const { maxDepth, quarantineBytes } = options;
  const futureToleranceMs = options.futureToleranceMinutes * MINUTE_MS;
  return {
    observations: observationDecoder({ places, futureToleranceMs, maxDepth, quarantineBytes, slotOf }),
    forecasts: forecastDecoder({ places, futureToleranceMs, maxDepth, quarantineBytes }),
    polls: pollDecoder({ futureToleranceMs, maxDepth, quarantineBytes }),
  };
}
