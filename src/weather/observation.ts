import type { Instant } from '../core/time.ts';
import type { Quantity, QuantityValues } from './quantity.ts';

/** `observation`: an instrument measured it. `analysis`: a model computed it. Pages never call the second the first. */
export type ObservationKind = 'observation' | 'analysis';

/** Why a value is doubtful or was taken out. */
export type FlagReason = 'out-of-range' | 'frozen' | 'jump';

/** One doubt about one value. An `out-of-range` value is `null` in the observation; the others keep their value. */
export interface QuantityFlag {
  readonly quantity: Quantity;
  readonly reason: FlagReason;
  /** What arrived, before anything was taken out. */
  readonly original: number;
}

/** The weather in words: OpenWeatherMap's condition id (`condition.ts`), with the sender's own words and icon if any. */
export interface Condition {
  /** OpenWeatherMap condition id, 200–804. */
  readonly id: number;
  /** The sender's text, in the sender's language; `null` takes the table's. */
  readonly description: string | null;
  /** The sender's icon name (`01d`); `null` takes the table's with day or night from the sun. */
  readonly icon: string | null;
}

/**
 * One place at one instant, all quantities. Natural key: `(placeId, validAt, source)`. A later arrival for the same key
 * with other values is a correction and replaces it.
 */
export interface Observation {
  readonly placeId: string;
  /** The instant that the values describe. */
  readonly validAt: Instant;
  /** The slot it was asked for; `null` when nobody asked, as in a foreign producer's message. */
  readonly slotAt: Instant | null;
  /** When it reached us: set by the poller, or the journal's append time for a foreign message. */
  readonly receivedAt: Instant;
  /** Id of the source (`open-meteo`). */
  readonly source: string;
  readonly kind: ObservationKind;
  /** When the model run behind an analysis was made; `null` for true observations and where the provider does not say. */
  readonly issuedAt: Instant | null;
  readonly values: QuantityValues;
  readonly condition: Condition | null;
  /** As the provider gave them; `null` in polar day and night and where it gave none. */
  readonly sunriseAt: Instant | null;
  readonly sunsetAt: Instant | null;
  /** Empty for a clean reading. */
  readonly flags: readonly QuantityFlag[];
}

/** The source of readings that an operator's own instruments send: what stands at the place itself ranks first. */
export const OPERATOR_SOURCE = 'operator';

/** The natural key of an observation. */
export interface ObservationKey {
  readonly placeId: string;
  readonly validAt: Instant;
  readonly source: string;
}
