import type { Instant } from '../../core/time.ts';
import { MINUTE_MS } from '../../core/time.ts';
import type { Condition, ObservationKind } from '../../weather/observation.ts';
import type { QuantityValues } from '../../weather/quantity.ts';

/** One reading of a recording. */
export interface RecordedReading {
  readonly placeId: string;
  readonly validAt: Instant;
  readonly kind: ObservationKind;
  readonly issuedAt: Instant | null;
  readonly values: QuantityValues;
  readonly condition: Condition | null;
  readonly sunriseAt: Instant | null;
  readonly sunsetAt: Instant | null;
}

/** Where a recorded place lies, as far as the recording says. */
export interface RecordedPlace {
  readonly id: string;
  readonly name: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** A line that could not be used. */
export interface BadLine {
  readonly file: string;
  /** Counted from 1, the header included. */
  readonly line: number;
  readonly reason: string;
}

/** What was wrong in the recording: all are counted, the first are named. */
export interface BadLines {
  readonly count: number;
  readonly first: readonly BadLine[];
}

/**
 * A recorded feed, opened: its places, its span, and its readings on demand. Memory is bounded by the number of places
 * and an index, not by the length of the recording (stations: 16 bytes a reading of the chosen span).
 */
export interface Recording {
  /** Places with at least one usable reading in the span, by id. */
  readonly places: readonly RecordedPlace[];
  /** From the first reading to one step after the last, `[from, to)`, cut to what the options allow. */
  readonly span: { readonly from: Instant; readonly to: Instant };
  /** The usual step between two readings of a place, rounded up to a step that divides a day. */
  readonly everyMs: number;
  readonly readingCount: number;
  readonly badLines: BadLines;
  /** Readings of `[from, to)` at all places, ascending by validAt; the first in the file where two have the same key. */
  readings(from: Instant, to: Instant): Promise<readonly RecordedReading[]>;
}

const FIRST_KEPT = 20;

/** Collects bad lines. */
export class BadLineCount implements BadLines {
  count = 0;
  readonly first: BadLine[] = [];

  add(file: string, line: number, reason: string): void {
    this.count += 1;
    if (this.first.length < FIRST_KEPT) this.first.push({ file, line, reason });
  }
}

const STEPS_MINUTES = [1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440] as const;
const MOST_STEPS = 10_000;

/** Learns the usual step of a recording from the steps between neighbours. */
export class UsualStep {
  readonly #counts = new Map<number, number>();

  add(stepMs: number): void {
    if (stepMs <= 0) return;
    const minutes = Math.max(1, Math.round(stepMs / MINUTE_MS));
    if (this.#counts.size < MOST_STEPS || this.#counts.has(minutes))
      this.#counts.set(minutes, (this.#counts.get(minutes) ?? 0) + 1);
  }

  /** The most frequent step (the shorter of equals), rounded up to one that divides a day; an hour when none was seen. */
  get everyMs(): number {
    let best = 60;
    let most = 0;
    for (const [minutes, count] of this.#counts)
      if (count > most || (count === most && minutes < best)) [best, most] = [minutes, count];
    return (STEPS_MINUTES.find((minutes) => minutes >= best) ?? 1440) * MINUTE_MS;
  }
}

/** Index of the first of ascending instants that is not before `at`. */
export function firstAtOrAfter(times: ArrayLike<number>, at: Instant): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
