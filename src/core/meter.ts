/** Label names and values of one time series. Values come from small fixed sets: never a time, an id of a row or a secret. */
export type Labels = Readonly<Record<string, string>>;

/**
 * Where a stage counts what it does. Names follow `harmattan_<stage>_<noun>_<unit>_total` (OpenMetrics); the first use of
 * a name defines it. Facts that already stand in the store or the journal (lag, slots, quota) are not counted here:
 * `/metrics` reads them when it is asked.
 */
export interface Meter {
  /** Adds to a counter; `amount` ≥ 0. */
  count(name: string, labels: Labels, amount?: number): void;
  /** Records one duration or size in a histogram; `value` in the unit that the name ends in (seconds, bytes). */
  observe(name: string, labels: Labels, value: number): void;
  /** Sets a gauge. */
  gauge(name: string, labels: Labels, value: number): void;
}

export const silentMeter: Meter = { count() {}, observe() {}, gauge() {} };
