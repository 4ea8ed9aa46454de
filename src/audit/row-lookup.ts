import type { ObservationStore, StoredObservation } from '../store/store.ts';
import type { Observation, ObservationKey } from '../weather/observation.ts';
import { QUANTITY_NAMES } from '../weather/quantity.ts';

/** A natural key as one string. */
export const keyText = ({ placeId, validAt, source }: ObservationKey): string => `${placeId} ${validAt} ${source}`;

/** More single reads than this at one place are cheaper as one range. */
const SINGLE_READS = 2;

/** The stored rows of some keys, by `keyText`; those that are not there are absent. */
export async function rowsOf(
  store: ObservationStore,
  keys: readonly ObservationKey[],
): Promise<ReadonlyMap<string, StoredObservation>> {
  const rows = new Map<string, StoredObservation>();
  for (const [placeId, wanted] of byPlace(keys)) {
    const complete = wanted.length > SINGLE_READS && (await readRange(store, placeId, wanted, rows));
    if (complete) continue;
    for (const key of wanted) {
      const row = rows.has(keyText(key)) ? null : await store.get(key);
      if (row !== null) rows.set(keyText(key), row);
    }
  }
  return rows;
}

/** Whether a stored row says what an arrival says. What the checks added does not count. */
export function saysTheSame(row: Observation, arrival: Observation): boolean {
  return (
    QUANTITY_NAMES.every((name) => row.values[name] === arrival.values[name]) &&
    row.kind === arrival.kind &&
    row.issuedAt === arrival.issuedAt &&
    row.condition?.id === arrival.condition?.id &&
    row.sunriseAt === arrival.sunriseAt &&
    row.sunsetAt === arrival.sunsetAt
  );
}

/** Reads the span of `wanted` at once; false when it holds far more than was asked for and the read was given up. */
async function readRange(
  store: ObservationStore,
  placeId: string,
  wanted: readonly ObservationKey[],
  rows: Map<string, StoredObservation>,
): Promise<boolean> {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { validAt } of wanted) {
    from = Math.min(from, validAt);
    to = Math.max(to, validAt + 1);
  }
  const { items, nextCursor } = await store.query({ placeId, from, to, which: 'all', limit: wanted.length * 4 + 20 });
  for (const row of items) rows.set(keyText(row), row);
  return nextCursor === null;
}

function byPlace(keys: readonly ObservationKey[]): ReadonlyMap<string, ObservationKey[]> {
  const places = new Map<string, ObservationKey[]>();
  for (const key of keys) {
    const wanted = places.get(key.placeId);
    if (wanted) wanted.push(key);
    else places.set(key.placeId, [key]);
  }
  return places;
}
