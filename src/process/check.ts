import { HOUR_MS, type Instant } from '../core/time.ts';
import type { Observation, QuantityFlag } from '../weather/observation.ts';
import type { Place } from '../weather/place.ts';
import { QUANTITIES, QUANTITY_NAMES, type QuantityRow, type QuantityValues } from '../weather/quantity.ts';
import { solarElevationDeg } from '../weather/sun.ts';

const NO_FLAGS: readonly QuantityFlag[] = [];

const LIMITS = QUANTITY_NAMES.map((name) => ({ name, min: QUANTITIES[name].min, max: QUANTITIES[name].max }));

/** Takes physically impossible values out of `values`, and returns one flag for each with what it was. */
export function applyRanges(values: QuantityValues): readonly QuantityFlag[] {
  if (allPossible(values)) return NO_FLAGS;
  let flags: QuantityFlag[] | null = null;
  for (const { name, min, max } of LIMITS) {
    const value = values[name];
    if (value === null || (value >= min && value <= max)) continue;
    flags ??= [];
    flags.push({ quantity: name, reason: 'out-of-range', original: value });
    values[name] = null;
  }
  return flags ?? NO_FLAGS;
}

/** Written out, because names that are computed make the usual record, with nothing wrong, slow. */
const allPossible = (values: QuantityValues): boolean =>
  possible(values.temperatureC, QUANTITIES.temperatureC) &&
  possible(values.feelsLikeC, QUANTITIES.feelsLikeC) &&
  possible(values.dewPointC, QUANTITIES.dewPointC) &&
  possible(values.pressureHpa, QUANTITIES.pressureHpa) &&
  possible(values.humidityPct, QUANTITIES.humidityPct) &&
  possible(values.cloudCoverPct, QUANTITIES.cloudCoverPct) &&
  possible(values.visibilityM, QUANTITIES.visibilityM) &&
  possible(values.windSpeedMps, QUANTITIES.windSpeedMps) &&
  possible(values.windFromDirectionDeg, QUANTITIES.windFromDirectionDeg) &&
  possible(values.windGustMps, QUANTITIES.windGustMps) &&
  possible(values.uvIndex, QUANTITIES.uvIndex) &&
  possible(values.rain1hMm, QUANTITIES.rain1hMm) &&
  possible(values.snow1hMm, QUANTITIES.snow1hMm);

const possible = (value: number | null, { min, max }: QuantityRow): boolean =>
  value === null || (value >= min && value <= max);

/** Limits of the two doubts that need a series' past. */
export interface SeriesLimits {
  /** The same temperature for this long by daylight is frozen. */
  readonly frozenMs: number;
  /** A move by more than this, °C, within an hour is a jump. */
  readonly jumpC: number;
}

/** A jump is measured against readings of at most this age. */
const JUMP_WINDOW_MS = HOUR_MS;
/** Fewer equal readings than this say nothing, however far apart. */
const FROZEN_READINGS = 4;
/** The sun must have climbed or sunk this far above the horizon: a still, overcast night may well keep one value. */
const FROZEN_SUN_DEG = 20;
/** Readings remembered at most: six hours of one every 10 s. At a quicker rhythm a frozen sensor goes unnoticed. */
const REMEMBERED = 2160;

type Doubt = 'jump' | 'frozen' | null;

/**
 * The recent readings of one (place, source), in order of valid time. What it says about a reading depends on nothing
 * but the readings of the series known before it, so a replay of the journal gives the same flags.
 */
export class Series {
  readonly #limits: SeriesLimits;
  // Parallel arrays of plain numbers: tens of thousands of series stay small.
  readonly #validAt: number[] = [];
  readonly #temperatureC: number[] = [];
  readonly #receivedAt: number[] = [];
  readonly #doubt: Doubt[] = [];

  constructor(limits: SeriesLimits) {
    this.#limits = limits;
  }

  /**
   * Doubts about a reading that is about to be stored, and remembers it. One that comes again is doubted as before; any
   * other that is older than the newest known (a backfill, a correction) is remembered but not doubted.
   */
  judge(observation: Observation, place: Place): readonly QuantityFlag[] {
    const { temperatureC } = observation.values;
    if (temperatureC === null) return NO_FLAGS;
    const inOrder = observation.validAt > (this.#validAt.at(-1) ?? Number.NEGATIVE_INFINITY);
    const doubt = inOrder
      ? this.#doubtOf(observation.validAt, temperatureC, place)
      : this.#earlierDoubtOf(observation.validAt, temperatureC);
    this.remember(observation, doubt);
    return doubt === null ? NO_FLAGS : [{ quantity: 'temperatureC', reason: doubt, original: temperatureC }];
  }

  /** Learns a reading without judging it: what the store holds already. */
  remember(observation: Observation, doubt = doubtIn(observation)): void {
    const { validAt, receivedAt } = observation;
    const temperatureC = observation.values.temperatureC;
    if (temperatureC === null) return;
    const at = this.#placeOf(validAt);
    if (this.#validAt[at] === validAt) {
      if ((this.#receivedAt[at] ?? 0) > receivedAt) return;
      this.#temperatureC[at] = temperatureC;
      this.#receivedAt[at] = receivedAt;
      this.#doubt[at] = doubt;
    } else if (at === this.#validAt.length) {
      this.#validAt.push(validAt);
      this.#temperatureC.push(temperatureC);
      this.#receivedAt.push(receivedAt);
      this.#doubt.push(doubt);
      this.#forgetOld();
    } else {
      this.#validAt.splice(at, 0, validAt);
      this.#temperatureC.splice(at, 0, temperatureC);
      this.#receivedAt.splice(at, 0, receivedAt);
      this.#doubt.splice(at, 0, doubt);
    }
  }

  #doubtOf(at: Instant, temperatureC: number, place: Place): Doubt {
    if (this.#isJump(at, temperatureC)) return 'jump';
    return this.#isFrozen(at, temperatureC, place) ? 'frozen' : null;
  }

  #earlierDoubtOf(at: Instant, temperatureC: number): Doubt {
    const index = this.#placeOf(at);
    const again = this.#validAt[index] === at && this.#temperatureC[index] === temperatureC;
    return again ? (this.#doubt[index] ?? null) : null;
  }

  /** Index of the first reading at or after `at`. */
  #placeOf(at: Instant): number {
    let index = this.#validAt.length;
    while (index > 0 && (this.#validAt[index - 1] ?? 0) >= at) index--;
    return index;
  }

  /** Against the newest reading of the last hour that is not a jump itself: the way back from a spike is none. */
  #isJump(at: Instant, temperatureC: number): boolean {
    for (let index = this.#validAt.length - 1; index >= 0; index--) {
      if (at - (this.#validAt[index] ?? 0) > JUMP_WINDOW_MS) return false;
      if (this.#doubt[index] !== 'jump')
        return Math.abs(temperatureC - (this.#temperatureC[index] ?? 0)) > this.#limits.jumpC;
    }
    return false;
  }

  #isFrozen(at: Instant, temperatureC: number, place: Place): boolean {
    const fromAt = at - this.#limits.frozenMs;
    let sinceAt = at;
    let readings = 1;
    for (let index = this.#validAt.length - 1; index >= 0 && sinceAt > fromAt; index--) {
      const earlierAt = this.#validAt[index] ?? 0;
      if (this.#temperatureC[index] !== temperatureC || earlierAt < fromAt - this.#limits.frozenMs) return false;
      sinceAt = earlierAt;
      readings++;
    }
    return sinceAt <= fromAt && readings >= FROZEN_READINGS && sunMovedDeg(place, sinceAt, at) >= FROZEN_SUN_DEG;
  }

  #forgetOld(): void {
    const length = this.#validAt.length;
    // `#isFrozen` looks back two windows at most: the reading at or before the start of the first one.
    const keepFromAt = (this.#validAt[length - 1] ?? 0) - 2 * this.#limits.frozenMs;
    if (length % 32 !== 0 || ((this.#validAt[0] ?? 0) >= keepFromAt && length <= REMEMBERED)) return;
    const drop = Math.max(this.#placeOf(keepFromAt), length - REMEMBERED);
    for (const column of [this.#validAt, this.#temperatureC, this.#receivedAt, this.#doubt]) column.splice(0, drop);
  }
}

function doubtIn(observation: Observation): Doubt {
  for (const { reason } of observation.flags) if (reason === 'jump' || reason === 'frozen') return reason;
  return null;
}

/** How far the sun's height above the horizon ranged between two instants, looked at every hour. */
function sunMovedDeg(place: Place, fromAt: Instant, toAt: Instant): number {
  let lowest = 90;
  let highest = 0;
  for (let at = fromAt; ; at = Math.min(at + HOUR_MS, toAt)) {
    const elevationDeg = Math.max(0, solarElevationDeg(place.latitude, place.longitude, at));
    lowest = Math.min(lowest, elevationDeg);
    highest = Math.max(highest, elevationDeg);
    if (at >= toAt) return highest - lowest;
  }
}
