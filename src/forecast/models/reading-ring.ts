import { DAY_MS, type Instant } from '../../core/time.ts';

/** The most readings that are remembered: two days of ten-minute data. */
export const RING_READINGS = 288;
const KEPT_MS = 2 * DAY_MS;

/** The newest readings of a series, by their times: what makes learning twice, late and corrected readings harmless. */
export interface ReadingRing {
  /**
   * Remembers a reading. Returns the value that stood at this instant (`null`: none did), or `forgotten` when the instant
   * lies before all that is remembered, so that nobody knows whether it was learnt.
   */
  put(validAt: Instant, temperatureC: number): number | null | 'forgotten';
  newest(): { readonly validAt: Instant; readonly temperatureC: number } | null;
  /** Mean of `of(validAt, value)` over the readings after `sinceAt`; 0 when there is none. */
  meanSince(sinceAt: Instant, of: (validAt: Instant, temperatureC: number) => number): number;
  dump(): Float64Array;
  load(values: Float64Array): void;
}

export function readingRing(): ReadingRing {
  let times: Instant[] = [];
  let values: number[] = [];
  let dropped = false;
  return {
    put(validAt, temperatureC) {
      let index = times.length;
      while (index > 0 && (times[index - 1] ?? 0) > validAt) index--;
      if (index > 0 && times[index - 1] === validAt) {
        const before = values[index - 1] ?? null;
        values[index - 1] = temperatureC;
        return before;
      }
      if (index === 0 && dropped) return 'forgotten';
      times.splice(index, 0, validAt);
      values.splice(index, 0, temperatureC);
      const oldestAt = (times[times.length - 1] ?? 0) - KEPT_MS;
      let drop = Math.max(0, times.length - RING_READINGS);
      while ((times[drop] ?? oldestAt) < oldestAt) drop++;
      if (drop > 0) {
        times = times.slice(drop);
        values = values.slice(drop);
        dropped = true;
      }
      return null;
    },
    newest() {
      const last = times.length - 1;
      return last < 0 ? null : { validAt: times[last] ?? 0, temperatureC: values[last] ?? Number.NaN };
    },
    meanSince(sinceAt, of) {
      let sum = 0;
      let count = 0;
      for (let index = times.length - 1; index >= 0 && (times[index] ?? 0) > sinceAt; index--) {
        sum += of(times[index] ?? 0, values[index] ?? 0);
        count++;
      }
      return count === 0 ? 0 : sum / count;
    },
    dump: () => Float64Array.from([dropped ? 1 : 0, ...times, ...values]),
    load(dumped) {
      const count = (dumped.length - 1) / 2;
      dropped = dumped[0] === 1;
      times = [...dumped.subarray(1, 1 + count)];
      values = [...dumped.subarray(1 + count)];
    },
  };
}
