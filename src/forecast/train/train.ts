import { HOUR_MS } from '../../core/time.ts';
import { LEADS, TIER_COLUMNS, TIERS, YEAR_TIER } from '../models/features.ts';
import { PRIOR_NUMBERS, Prior, priorParts, RESIDUAL_FROM } from '../models/prior.ts';
import { Gram } from './gram.ts';
import { ResidualRows } from './residual-fit.ts';
import { type Coefficients, ridge } from './ridge.ts';
import { type StrangerErrors, strangerErrors, writeSpread } from './spread.ts';
import { rowsOf, type StationHours, testFrom } from './station-hours.ts';

/** About how many origins of each station are trained on, and how many of those tell of the size of errors. */
const ROWS = 8_000;
const ERROR_ROWS = 1_200;
/** About how many origins of each station the network learns from. */
const NETWORK_ROWS = 4_000;
/** Hours between origins: none of them divides a day, so that every hour of the day comes up. */
const STEPS = [1, 5, 7, 11, 13, 17, 19, 23, 25, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73];
/** Fewer rows than this of a station say nothing about a year. */
const LEAST_YEAR_ROWS = 500;

const stepFor = ({ measured }: StationHours, rows: number): number =>
  STEPS.find((step) => measured.length / step <= rows) ?? 79;

/** A station with its sums. */
export interface PreparedStation {
  readonly hours: StationHours;
  /** Over the origins with a month of past, and those with a year. */
  readonly month: Gram;
  readonly year: Gram;
}

/** Sums a station's origins up; those of its last year (the test) are left out where it has more than two. */
export function prepareStation(hours: StationHours): PreparedStation {
  const [month, year] = [new Gram(), new Gram()];
  for (const { features, change } of rowsOf(hours, stepFor(hours, ROWS), 0, testFrom(hours) - LEADS * HOUR_MS)) {
    if (features.tier < YEAR_TIER - 1 || change.subarray(1).some(Number.isNaN)) continue;
    month.add(features, change);
    if (features.tier === YEAR_TIER) year.add(features, change);
  }
  return { hours, month, year };
}

/** Pooled coefficients of some stations; each has the same weight, however long it measured. */
function fitCoefficients(stations: readonly PreparedStation[]): Coefficients {
  const [month, year] = [new Gram(), new Gram()];
  for (const station of stations) {
    if (station.month.rows > 0) month.addAll(station.month, ROWS / station.month.rows);
    if (station.year.rows >= LEAST_YEAR_ROWS) year.addAll(station.year, ROWS / station.year.rows);
  }
  return ridge(month, year);
}

/** The network of some stations for what their coefficients are wrong by. */
function fitResidual(stations: readonly PreparedStation[], coefficients: Coefficients): Float64Array {
  const rows = new ResidualRows();
  for (const { hours } of stations)
    rows.addStation(rowsOf(hours, stepFor(hours, NETWORK_ROWS), 0, testFrom(hours) - LEADS * HOUR_MS), coefficients);
  return rows.fit();
}

/** What some stations say of the expected change; nothing yet of the size of errors. */
export function trainChanges(stations: readonly PreparedStation[]): Prior {
  const prior = new Prior(new Float32Array(PRIOR_NUMBERS));
  const coefficients = fitCoefficients(stations);
  writeCoefficients(prior, coefficients);
  prior.numbers.set(fitResidual(stations, coefficients), RESIDUAL_FROM);
  return prior;
}

/**
 * Writes the size of errors into a prior of some stations: each station's by coefficients that know nothing of it. The
 * network is left out of it: a place's own errors tell soon how much smaller it makes them.
 */
export function trainSpread(prior: Prior, stations: readonly PreparedStation[]): void {
  const errors = stations.map((station): StrangerErrors => {
    const others = stations.filter((other) => other !== station);
    const without = fitCoefficients(others.length > 0 ? others : stations);
    return strangerErrors(station.hours, without, stepFor(station.hours, ERROR_ROWS));
  });
  writeSpread(prior, errors);
}

function writeCoefficients({ numbers }: Prior, coefficients: Coefficients): void {
  for (let tier = 0; tier < TIERS.length; tier++)
    for (let lead = 1; lead <= LEADS; lead++) {
      const own = coefficients[tier]?.[lead - 1];
      if (own) numbers.set(own.subarray(0, TIER_COLUMNS[tier]), priorParts(tier, lead).coefficients);
    }
}
