import type { ObservationReply } from '../../../src/serve/contract.ts';
import type { Reader } from './reader.tsx';

/** The quantities that pages let a reader choose among. */
export const QUANTITIES = [
  'temperatureC',
  'humidityPct',
  'windSpeedMps',
  'rain1hMm',
  'visibilityM',
  'pressureHpa',
] as const satisfies readonly (keyof ObservationReply)[];
export type Shown = (typeof QUANTITIES)[number];

/** The one that an address asks for (`?grandeur=`); anything it does not know is the temperature. */
export const quantityIn = (search: string): Shown => {
  const asked = new URLSearchParams(search).get('grandeur');
  return QUANTITIES.find((one) => one === asked) ?? 'temperatureC';
};

/** Values of a quantity as the reader writes them, with their unit. */
export const writeOf = (
  { temperature, wind, format }: Pick<Reader, 'temperature' | 'wind' | 'format'>,
  quantity: Shown,
): ((value: number) => string) => {
  const units: Record<Shown, (value: number) => string> = {
    temperatureC: (value) => temperature(value),
    humidityPct: (value) => format.quantity(value, 'percent'),
    windSpeedMps: wind,
    rain1hMm: (value) => format.quantity(value, 'millimetres', 1),
    visibilityM: (value) => format.quantity(value, 'kilometres'),
    pressureHpa: (value) => format.quantity(value, 'hectopascals'),
  };
  return units[quantity];
};

/** A calm day is drawn on an axis of at least this much, in the API's unit. */
export const LEAST_SPAN: Readonly<Record<Shown, number>> = {
  temperatureC: 8,
  humidityPct: 20,
  windSpeedMps: 5,
  rain1hMm: 2,
  visibilityM: 4000,
  pressureHpa: 6,
};
