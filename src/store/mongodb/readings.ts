import type { Instant } from '../../core/time.ts';
import type { Observation, QuantityFlag } from '../../weather/observation.ts';
import { QUANTITY_NAMES } from '../../weather/quantity.ts';
import type { ComparesSources } from '../preference.ts';
import type { Arrival, StoredObservation } from '../store.ts';

/** Which arrival a row's values come from, or confirmed them last: the later one wins (`IngestStore.commit`). */
export type ArrivalRank = readonly [receivedAt: number, partition: number, offset: number, item: number];

/** One source's reading with the arrival it comes from. */
export interface RankedReading {
  readonly observation: StoredObservation;
  readonly rank: ArrivalRank;
}

/** What is known about one place at one instant: the readings of all sources, the preferred one first. */
export interface InstantReadings {
  readonly placeId: string;
  readonly validAt: Instant;
  /** Counts the writes of the document: who replaces it names the revision that was read; 0: it is not there. */
  readonly revision: number;
  readonly readings: readonly RankedReading[];
}

/** What became of an arrival; `redelivered`: it is the one that the row comes from. */
export type Outcome = 'inserted' | 'duplicates' | 'redelivered' | 'corrections' | 'superseded';

/** What an arrival makes of what is known. The same object comes back where it changes nothing. */
export function meet(
  known: InstantReadings,
  arrival: Arrival,
  compare: ComparesSources,
): { readonly outcome: Outcome; readonly readings: InstantReadings } {
  const { observation } = arrival;
  const rank = rankOf(arrival);
  const stored = known.readings.find((one) => one.observation.source === observation.source);
  const put = (outcome: Outcome, reading: RankedReading) => ({
    outcome,
    readings: withReading(known, reading, compare),
  });
  if (!stored) return put('inserted', { observation: { ...observation, corrections: arrival.corrections ?? 0 }, rank });
  const order = compareRanks(rank, stored.rank);
  if (sameReading(stored.observation, observation)) {
    if (order === 0) return { outcome: 'redelivered', readings: known };
    const receivedAt = Math.min(stored.observation.receivedAt, observation.receivedAt);
    if (order < 0 && receivedAt === stored.observation.receivedAt) return { outcome: 'duplicates', readings: known };
    // The row keeps its first receivedAt; the rank moves on, so that any order of arrivals ends in the same values.
    return put('duplicates', {
      observation: { ...stored.observation, receivedAt },
      rank: order > 0 ? rank : stored.rank,
    });
  }
  if (order <= 0) return { outcome: 'superseded', readings: known };
  return put('corrections', {
    observation: { ...observation, corrections: stored.observation.corrections + 1 },
    rank,
  });
}

export const rankOf = ({ observation, partition, offset, item }: Arrival): ArrivalRank => [
  observation.receivedAt,
  partition,
  offset,
  item,
];

function compareRanks(one: ArrivalRank, other: ArrivalRank): number {
  for (let index = 0; index < one.length; index++) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function withReading(known: InstantReadings, reading: RankedReading, compare: ComparesSources): InstantReadings {
  const { source } = reading.observation;
  const others = known.readings.filter((one) => one.observation.source !== source);
  return { ...known, readings: inPreference([...others, reading], compare) };
}

export const inPreference = (readings: readonly RankedReading[], compare: ComparesSources): readonly RankedReading[] =>
  readings.toSorted((one, other) => compare(one.observation.source, other.observation.source));

/**
 * Whether an arrival says the same as the stored reading. When it was received and for which slot it was asked do not
 * count: a provider that gives one reading twice has corrected nothing. Nor do doubts of ours (frozen, jump): they depend
 * on what else was known when it came.
 */
function sameReading(stored: Observation, arrived: Observation): boolean {
  return (
    QUANTITY_NAMES.every((name) => stored.values[name] === finite(arrived.values[name])) &&
    stored.kind === arrived.kind &&
    stored.issuedAt === arrived.issuedAt &&
    (stored.condition?.id ?? null) === (arrived.condition?.id ?? null) &&
    (stored.condition?.description ?? null) === (arrived.condition?.description ?? null) &&
    (stored.condition?.icon ?? null) === (arrived.condition?.icon ?? null) &&
    stored.sunriseAt === arrived.sunriseAt &&
    stored.sunsetAt === arrived.sunsetAt &&
    takenOut(stored.flags) === takenOut(arrived.flags)
  );
}

/** The values that were taken out as impossible: they are part of what was sent. */
const takenOut = (flags: readonly QuantityFlag[]): string =>
  JSON.stringify(
    flags.filter(({ reason }) => reason === 'out-of-range').map(({ quantity, original }) => [quantity, original]),
  );

/** NaN and the infinities are no values: MongoDB would keep them, and every reader would have to know. */
export const finite = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;
