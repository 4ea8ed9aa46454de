import type { Instant } from '../core/time.ts';
import { LEVELS, type Prediction, type ProviderForecast, THINNED_LEVELS } from '../weather/prediction.ts';
import { QUANTITY_NAMES, type Quantity } from '../weather/quantity.ts';
import {
  type ByteReader,
  type ByteWriter,
  byteReader,
  byteWriter,
  readInstants,
  readNumbers,
  writeInstants,
  writeNumbers,
} from './byte-codec.ts';

type PredictionBody = Pick<Prediction, 'validAt' | 'meanC' | 'quantilesC' | 'thinnedC'>;

const FORMAT = 1;
const NONE = 0;
const ALL_LEVELS = 1;
const SOME_LEVELS = 2;
/** Quantiles as they should be: finite, ascending, the same number for every lead. Anything else is written plainly. */
const ASCENDING = 1;
const PLAIN = 0;

/** Forecast temperatures are kept in hundredths of a degree: a tenth of what a thermometer resolves. */
const HUNDREDTHS = 100;

/**
 * The leads of one issue as bytes: format, instants from `issuedAt`, means, then per lead the lowest quantile's distance
 * from the mean and the steps from level to level, in hundredths of a degree: mostly one byte each. A temperature that is
 * not finite reads back as NaN.
 */
export function packPrediction(body: PredictionBody, issuedAt: Instant): Uint8Array {
  const writer = byteWriter();
  writer.unsigned(FORMAT);
  writeInstants(writer, body.validAt, issuedAt);
  writeTemperatures(writer, body.meanC);
  const quantiles = body.quantilesC ?? body.thinnedC ?? null;
  writer.unsigned(quantiles === null ? NONE : body.quantilesC ? ALL_LEVELS : SOME_LEVELS);
  if (quantiles !== null) writeQuantiles(writer, quantiles, body.meanC);
  return writer.bytes();
}

export function unpackPrediction(bytes: Uint8Array, issuedAt: Instant): PredictionBody {
  const reader = readerOf(bytes);
  const validAt = readInstants(reader, issuedAt);
  const meanC = readTemperatures(reader);
  const kind = reader.unsigned();
  if (kind === NONE) return { validAt, meanC, quantilesC: null };
  const quantiles = readQuantiles(reader, meanC);
  return kind === ALL_LEVELS
    ? { validAt, meanC, quantilesC: quantiles }
    : { validAt, meanC, quantilesC: null, thinnedC: quantiles };
}

/** The same issue with only `THINNED_LEVELS`. */
export function thinPrediction(bytes: Uint8Array, issuedAt: Instant): Uint8Array {
  const { quantilesC, ...rest } = unpackPrediction(bytes, issuedAt);
  if (quantilesC === null) return bytes;
  const kept = THINNED_LEVELS.map((level) => LEVELS.indexOf(level));
  const thinnedC = quantilesC.map((lead) => kept.map((index) => lead[index] ?? Number.NaN));
  return packPrediction({ ...rest, quantilesC: null, thinnedC }, issuedAt);
}

/** A provider's forecast as bytes: format, instants, then each given quantity's number and its values, exactly. */
export function packProviderForecast(forecast: ProviderForecast): Uint8Array {
  const writer = byteWriter();
  writer.unsigned(FORMAT);
  writeInstants(writer, forecast.validAt, forecast.issuedAt);
  const given = QUANTITY_NAMES.filter((name) => forecast.values[name] !== undefined);
  writer.unsigned(given.length);
  for (const name of given) {
    writer.unsigned(QUANTITY_NAMES.indexOf(name));
    writeNumbers(writer, forecast.values[name] ?? []);
  }
  return writer.bytes();
}

export function unpackProviderForecast(
  bytes: Uint8Array,
  issuedAt: Instant,
): Pick<ProviderForecast, 'validAt' | 'values'> {
  const reader = readerOf(bytes);
  const validAt = readInstants(reader, issuedAt);
  const values: Partial<Record<Quantity, readonly (number | null)[]>> = {};
  for (let given = reader.unsigned(); given > 0; given--) {
    const name = QUANTITY_NAMES[reader.unsigned()];
    const numbers = readNumbers(reader);
    if (name !== undefined) values[name] = numbers;
  }
  return { validAt, values };
}

function readerOf(bytes: Uint8Array): ByteReader {
  const reader = byteReader(bytes);
  const format = reader.unsigned();
  if (format !== FORMAT) throw new RangeError(`packed forecast of format ${format}`);
  return reader;
}

const hundredthsOf = (temperatureC: number): number | null =>
  Number.isFinite(temperatureC) ? Math.round(temperatureC * HUNDREDTHS) : null;

function writeTemperatures(writer: ByteWriter, temperaturesC: readonly number[]): void {
  writeNumbers(writer, temperaturesC.map(hundredthsOf));
}

const readTemperatures = (reader: ByteReader): number[] =>
  readNumbers(reader).map((value) => (value === null ? Number.NaN : value / HUNDREDTHS));

function writeQuantiles(writer: ByteWriter, leads: readonly (readonly number[])[], meanC: readonly number[]): void {
  const levels = leads[0]?.length ?? 0;
  const ascending = areFinite(meanC) && leads.every((lead) => lead.length === levels && isAscending(lead));
  writer.unsigned(ascending ? ASCENDING : PLAIN);
  writer.unsigned(leads.length);
  if (ascending) writer.unsigned(levels);
  for (let index = 0; index < leads.length; index++) {
    const lead = leads[index] ?? [];
    if (!ascending) {
      writeTemperatures(writer, lead);
      continue;
    }
    let before = Math.round((meanC[index] ?? 0) * HUNDREDTHS);
    for (let level = 0; level < levels; level++) {
      const hundredths = Math.round((lead[level] ?? 0) * HUNDREDTHS);
      if (level === 0) writer.signed(hundredths - before);
      else writer.unsigned(hundredths - before);
      before = hundredths;
    }
  }
}

function areFinite(values: readonly number[]): boolean {
  for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) return false;
  return true;
}

function isAscending(values: readonly number[]): boolean {
  let before = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? Number.NaN;
    if (!(Number.isFinite(value) && value >= before)) return false;
    before = value;
  }
  return true;
}

function readQuantiles(reader: ByteReader, meanC: readonly number[]): number[][] {
  const ascending = reader.unsigned() === ASCENDING;
  const leads = reader.unsigned();
  const levels = ascending ? reader.unsigned() : 0;
  return Array.from({ length: leads }, (_, index) => {
    if (!ascending) return readTemperatures(reader);
    let hundredths = hundredthsOf(meanC[index] ?? 0) ?? 0;
    return Array.from({ length: levels }, (_, level) => {
      hundredths += level === 0 ? reader.signed() : reader.unsigned();
      return hundredths / HUNDREDTHS;
    });
  });
}
