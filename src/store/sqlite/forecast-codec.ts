import type { Instant } from '../../core/time.ts';
import { LEVELS, type Prediction, type ProviderForecast, THINNED_LEVELS } from '../../weather/prediction.ts';
import { QUANTITY_NAMES, type Quantity } from '../../weather/quantity.ts';
import {
  type ByteReader,
  type ByteWriter,
  byteReader,
  byteWriter,
  readInstants,
  readNumbers,
  writeInstants,
  writeNumbers,
} from './codec.ts';

type PredictionBody = Pick<Prediction, 'validAt' | 'meanC' | 'quantilesC' | 'thinnedC'>;

const FORMAT = 1;
const NONE = 0;
const ALL_LEVELS = 1;
const SOME_LEVELS = 2;

/** Forecast temperatures are kept in hundredths of a degree: a tenth of what a thermometer resolves. */
const HUNDREDTHS = 100;

/**
 * The leads of one issue as bytes: format, instants from `issuedAt`, means, then per lead the lowest quantile and the
 * steps from level to level. A temperature that is not finite reads back as NaN.
 */
export function packPrediction(body: PredictionBody, issuedAt: Instant): Uint8Array {
  const writer = byteWriter();
  writer.unsigned(FORMAT);
  writeInstants(writer, body.validAt, issuedAt);
  writeTemperatures(writer, body.meanC);
  const quantiles = body.quantilesC ?? body.thinnedC ?? null;
  writer.unsigned(quantiles === null ? NONE : body.quantilesC ? ALL_LEVELS : SOME_LEVELS);
  for (const lead of quantiles ?? []) writeTemperatures(writer, lead);
  return writer.bytes();
}

export function unpackPrediction(bytes: Uint8Array, issuedAt: Instant): PredictionBody {
  const reader = readerOf(bytes);
  const validAt = readInstants(reader, issuedAt);
  const meanC = readTemperatures(reader);
  const kind = reader.unsigned();
  if (kind === NONE) return { validAt, meanC, quantilesC: null };
  const quantiles = validAt.map(() => readTemperatures(reader));
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

function writeTemperatures(writer: ByteWriter, temperaturesC: readonly number[]): void {
  const hundredths = temperaturesC.map((value) => (Number.isFinite(value) ? Math.round(value * HUNDREDTHS) : null));
  writeNumbers(writer, hundredths);
}

const readTemperatures = (reader: ByteReader): number[] =>
  readNumbers(reader).map((value) => (value === null ? Number.NaN : value / HUNDREDTHS));
