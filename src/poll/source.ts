import type { Context } from '../core/context.ts';
import type { Instant } from '../core/time.ts';
import type { Transport } from '../core/transport.ts';
import type { Observation, ObservationKind } from '../weather/observation.ts';
import type { Place } from '../weather/place.ts';
import type { ProviderForecast } from '../weather/prediction.ts';
import type { Quantity } from '../weather/quantity.ts';

/** One rate limit of a provider. Windows lie on the wall clock: `[floor(now / windowMs) * windowMs, …)` in UTC. */
export interface QuotaWindow {
  /** `minute`, `hour`, `day`, `month`. */
  readonly name: 'minute' | 'hour' | 'day' | 'month';
  /** Units per window. */
  readonly limit: number;
}

/** What a source can do and what it costs: the plan is computed from this before the first call. */
export interface SourceCapabilities {
  readonly kind: ObservationKind;
  readonly quantities: readonly Quantity[];
  /** How many places one call can ask for. */
  readonly placesPerCall: number;
  /** Quota units of one call for `places` places (one slot). */
  costOf(places: number): number;
  /** Quota units of one call that fills `[from, to)` for `places` places. */
  backfillCostOf(places: number, from: Instant, to: Instant): number;
  /** Every limit that applies to the credential; a call is charged to all of them before it is made. Empty: unlimited. */
  readonly quota: readonly QuotaWindow[];
  /** Names the credential without giving it away (first 8 hex digits of its SHA-256), `-` for none. One breaker and one quota per credential. */
  readonly credential: string;
  /** How far back `backfill` can reach, ms before now; 0: not at all. */
  readonly lookBackMs: number;
  /** Longest stretch one backfill call can fill, ms; a longer hole takes several calls. */
  readonly backfillSpanMs: number;
  /**
   * How often the source has something new at the place, ms. A slot answered with a reading older than two of these, or
   * from a model run older than two of the model's update intervals, is `stale`.
   */
  readonly publishedEveryMs: number;
  /** True when readings come at times of their own (METAR): the slot takes the newest reading of the slot before it. */
  readonly ownTimes: boolean;
  /** What pages and replies must say about where the data comes from. */
  readonly attribution: { readonly text: string; readonly url: string; readonly licence: string };
}

/** One answer for one place. */
export interface Reading {
  /** `receivedAt` is the time the body was complete; `slotAt` is set by the source from the question. */
  readonly observation: Observation;
  /** True when this is an old reading or an old model run given as the answer to the slot. */
  readonly stale: boolean;
}

/** What a call brought. A place that is in neither list had no data. */
export interface FetchResult {
  readonly readings: readonly Reading[];
  /** The provider's own forecast that came in the same call; may be empty. */
  readonly forecasts: readonly ProviderForecast[];
  /** Answers for single places that could not be used, while the rest could. */
  readonly failures: readonly { readonly placeId: string; readonly error: Error }[];
}

/**
 * Thrown by `fetch` when the whole call failed: a HarmattanError HMT_POLL_* with `retryAfterMs` where the reset instant
 * is known or can be computed. HMT_POLL_UNDECODABLE carries the bytes.
 */
export interface UndecodableBody {
  /** As it came, secrets scrubbed, at most 1 MiB. */
  readonly body: Uint8Array;
}

/** What a source is asked with. */
export interface SourceContext extends Context {
  readonly transport: Transport;
  readonly signal: AbortSignal;
}

/**
 * A weather provider. Builds its URLs, sends its User-Agent, decodes its bodies, converts its units; nothing else.
 *
 * Not responsible for: when to ask, quota, retries, breakers, the journal. One call of a method is one HTTP call that
 * counts (metadata that costs nothing may be read and cached beside it). Methods never answer with a value the body did
 * not hold: absent is `null`.
 */
export interface Source {
  readonly id: string;
  readonly capabilities: SourceCapabilities;
  /**
   * The readings of `places` (≤ placesPerCall) for the slot `slotAt`, asked for exactly.
   *
   * @throws HarmattanError HMT_POLL_*
   */
  fetch(places: readonly Place[], slotAt: Instant, context: SourceContext): Promise<FetchResult>;
  /**
   * Readings for the slots in `slots` (ascending, all within `backfillSpanMs`) at `places`. Absent when the source
   * cannot look back.
   *
   * @throws HarmattanError HMT_POLL_*
   */
  backfill?(places: readonly Place[], slots: readonly Instant[], context: SourceContext): Promise<FetchResult>;
  /** Asks the provider, at the least cost, whether the key and product work; one line per finding with its cure. */
  probe?(context: SourceContext): Promise<readonly ProbeFinding[]>;
}

export interface ProbeFinding {
  readonly ok: boolean;
  /** One sentence. */
  readonly finding: string;
  readonly code: string | null;
  readonly cure: string | null;
}
