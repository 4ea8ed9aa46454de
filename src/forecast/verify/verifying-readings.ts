import { DAY_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import type { Store } from '../../store/store.ts';
import type { ObservationKind } from '../../weather/observation.ts';
import { temperatureReading } from '../learn-series.ts';

/** A reading this far from an instant still verifies it, ms. */
export const VERIFY_TOLERANCE_MS = 10 * MINUTE_MS;

/** Days whose same hour makes the climatology that forecasts are held against. */
export const CLIMATOLOGY_DAYS = 30;
/** Fewer days than this are no climatology. */
const LEAST_CLIMATOLOGY_DAYS = 7;

/** A temperature, and who gave it. */
export interface VerifyingReading {
  readonly temperatureC: number;
  readonly source: string;
}

/** Every undoubted temperature of one place over a span, found by time. */
export class VerifyingReadings {
  readonly #at: number[] = [];
  readonly #temperatureC: number[] = [];
  readonly #source: string[] = [];
  readonly #kind: ObservationKind[] = [];
  /** What `reading` answered, by kind: the same hours are asked for by every issue. */
  readonly #known = { observation: new Map(), analysis: new Map() } as Record<
    ObservationKind,
    Map<Instant, VerifyingReading | null>
  >;

  static async of(store: Store, placeId: string, from: Instant, to: Instant): Promise<VerifyingReadings> {
    const readings = new VerifyingReadings();
    for await (const row of store.observations.stream({ placeId, from, to, which: 'all' })) {
      const reading = temperatureReading(row);
      if (!reading) continue;
      readings.#at.push(row.validAt);
      readings.#temperatureC.push(reading.temperatureC);
      readings.#source.push(row.source);
      readings.#kind.push(row.kind);
    }
    return readings;
  }

  /**
   * The temperature of `kind` nearest to `at` within the tolerance; of equally near ones the earlier, then the one whose
   * source is preferred. With `source` only of that source. `null` when there is none: gaps are never filled.
   */
  near(at: Instant, kind: ObservationKind | null, source: string | null = null): number | null {
    if (kind !== null && source === null) return this.reading(at, kind)?.temperatureC ?? null;
    return this.#nearest(at, kind, source)?.temperatureC ?? null;
  }

  /** The same with its source. */
  reading(at: Instant, kind: ObservationKind): VerifyingReading | null {
    const known = this.#known[kind];
    let found = known.get(at);
    if (found === undefined) {
      found = this.#nearest(at, kind, null);
      known.set(at, found);
    }
    return found;
  }

  /**
   * The mean of the same hour of the last 30 days that was known at `knownAt`, °C; `null` when fewer than seven of them
   * were read.
   */
  climatology(at: Instant, kind: ObservationKind, knownAt: Instant): number | null {
    let sum = 0;
    let n = 0;
    const newest = Math.ceil((at - knownAt) / DAY_MS);
    for (let back = newest; back < newest + CLIMATOLOGY_DAYS; back++) {
      const reading = this.reading(at - back * DAY_MS, kind);
      if (reading === null) continue;
      sum += reading.temperatureC;
      n++;
    }
    return n < LEAST_CLIMATOLOGY_DAYS ? null : sum / n;
  }

  #nearest(at: Instant, kind: ObservationKind | null, source: string | null): VerifyingReading | null {
    let best: VerifyingReading | null = null;
    let distance = Number.POSITIVE_INFINITY;
    for (let row = this.#firstFrom(at - VERIFY_TOLERANCE_MS); row < this.#at.length; row++) {
      const away = Math.abs((this.#at[row] ?? 0) - at);
      if ((this.#at[row] ?? 0) - at > VERIFY_TOLERANCE_MS) break;
      if (away >= distance || (kind !== null && this.#kind[row] !== kind)) continue;
      if (source !== null && this.#source[row] !== source) continue;
      best = { temperatureC: this.#temperatureC[row] ?? Number.NaN, source: this.#source[row] ?? '' };
      distance = away;
    }
    return best;
  }

  #firstFrom(at: Instant): number {
    let [low, high] = [0, this.#at.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#at[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
