import { type Instant, MINUTE_MS } from '../../core/time.ts';
import type { Store } from '../../store/store.ts';
import type { ObservationKind } from '../../weather/observation.ts';
import { temperatureReading } from '../learn-series.ts';

/** A reading this far from an instant still verifies it, ms. */
export const VERIFY_TOLERANCE_MS = 10 * MINUTE_MS;

/** Every undoubted temperature of one place over a span, found by time. */
export class VerifyingReadings {
  readonly #at: number[] = [];
  readonly #temperatureC: number[] = [];
  readonly #source: string[] = [];
  readonly #kind: ObservationKind[] = [];

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
    let best: number | null = null;
    let distance = Number.POSITIVE_INFINITY;
    for (let row = this.#firstFrom(at - VERIFY_TOLERANCE_MS); row < this.#at.length; row++) {
      const away = Math.abs((this.#at[row] ?? 0) - at);
      if (away > VERIFY_TOLERANCE_MS) break;
      if (away >= distance || (kind !== null && this.#kind[row] !== kind)) continue;
      if (source !== null && this.#source[row] !== source) continue;
      [best, distance] = [this.#temperatureC[row] ?? null, away];
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
