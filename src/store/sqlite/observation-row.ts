import type { Observation, QuantityFlag } from '../../weather/observation.ts';
import { QUANTITY_NAMES, type QuantityValues } from '../../weather/quantity.ts';
import type { StoredObservation } from '../store.ts';
import type { Cell } from './database.ts';
import type { Dictionary } from './dictionary.ts';

const QUANTITY_COLUMNS = QUANTITY_NAMES.map((name) => `o.${name}`).join(', ');

/** Columns of a reading as `toObservation` takes them. Where the columns end, a query may add its own. */
export const OBSERVATION_COLUMNS = `o.place, o.validAt, o.source, o.slotAt, o.receivedAt, o.analysis, o.issuedAt, o.conditionId,
  o.conditionDescription, o.conditionIcon, o.sunriseAt, o.sunsetAt, o.flags, o.corrections, ${QUANTITY_COLUMNS}`;

/** Index of the first quantity in a row of `OBSERVATION_COLUMNS`. */
const FIRST_QUANTITY = 14;

/** How many cells `OBSERVATION_COLUMNS` gives. */
export const OBSERVATION_WIDTH = FIRST_QUANTITY + QUANTITY_NAMES.length;

/** A row of `OBSERVATION_COLUMNS`. The named cells are known by place; the quantities follow in table order. */
export type ObservationRow = [
  place: number,
  validAt: number,
  source: number,
  slotAt: number | null,
  receivedAt: number,
  analysis: number,
  issuedAt: number | null,
  conditionId: number | null,
  conditionDescription: string | null,
  conditionIcon: string | null,
  sunriseAt: number | null,
  sunsetAt: number | null,
  flags: string | null,
  corrections: number,
  ...quantities: Cell[],
];

/** Flags as the `flags` column holds them; `null` for a clean reading. */
export const flagsText = (flags: readonly QuantityFlag[]): string | null =>
  flags.length === 0
    ? null
    : JSON.stringify(flags.map(({ quantity, reason, original }) => [quantity, reason, original]));

function flagsOf(text: string | null): readonly QuantityFlag[] {
  if (text === null) return [];
  const entries = JSON.parse(text) as [QuantityFlag['quantity'], QuantityFlag['reason'], number][];
  return entries.map(([quantity, reason, original]) => ({ quantity, reason, original }));
}

/** A row as the rest of the program knows it. */
export function toObservation(row: ObservationRow, places: Dictionary, sources: Dictionary): StoredObservation {
  const quantity = (index: number) => row[FIRST_QUANTITY + index] as number | null;
  // Written out, like noValues(), so that every values object has one hidden class.
  const values: QuantityValues = {
    temperatureC: quantity(0),
    feelsLikeC: quantity(1),
    dewPointC: quantity(2),
    pressureHpa: quantity(3),
    humidityPct: quantity(4),
    cloudCoverPct: quantity(5),
    visibilityM: quantity(6),
    windSpeedMps: quantity(7),
    windFromDirectionDeg: quantity(8),
    windGustMps: quantity(9),
    uvIndex: quantity(10),
    rain1hMm: quantity(11),
    snow1hMm: quantity(12),
  };
  return {
    placeId: places.idOf(row[0]),
    validAt: row[1],
    slotAt: row[3],
    receivedAt: row[4],
    source: sources.idOf(row[2]),
    kind: row[5] === 1 ? 'analysis' : 'observation',
    issuedAt: row[6],
    values,
    condition: row[7] === null ? null : { id: row[7], description: row[8], icon: row[9] },
    sunriseAt: row[10],
    sunsetAt: row[11],
    flags: flagsOf(row[12]),
    corrections: row[13],
  };
}

/**
 * Whether an arrival says the same as the stored row. When it was received and for which slot it was asked do not count:
 * a provider that gives one reading twice has corrected nothing. Nor do doubts of ours (frozen, jump): they depend on what
 * else was known when it came.
 */
export function sameReading(row: ObservationRow, arrived: Observation): boolean {
  const { condition, values } = arrived;
  for (let index = 0; index < QUANTITY_NAMES.length; index++) {
    const name = QUANTITY_NAMES[index];
    if (name !== undefined && row[FIRST_QUANTITY + index] !== values[name]) return false;
  }
  return (
    (row[5] === 1) === (arrived.kind === 'analysis') &&
    row[6] === arrived.issuedAt &&
    row[7] === (condition?.id ?? null) &&
    row[8] === (condition?.description ?? null) &&
    row[9] === (condition?.icon ?? null) &&
    row[10] === arrived.sunriseAt &&
    row[11] === arrived.sunsetAt &&
    sameSent(row[12], arrived.flags)
  );
}

/** Whether the values that were taken out as impossible are the same: they are part of what was sent. */
function sameSent(stored: string | null, arrived: readonly QuantityFlag[]): boolean {
  if (stored === flagsText(arrived)) return true;
  const taken = (flags: readonly QuantityFlag[]) => flagsText(flags.filter(({ reason }) => reason === 'out-of-range'));
  return taken(flagsOf(stored)) === taken(arrived);
}
