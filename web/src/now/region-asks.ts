import type { ObservationReply } from '../../../src/serve/contract.ts';
import { placePath } from '../app/answers.ts';

/** The quantities whose last day the page draws; each has its share of the page's bytes. */
export const DRAWN = [
  'temperatureC',
  'humidityPct',
  'windSpeedMps',
  'visibilityM',
  'pressureHpa',
  'uvIndex',
] as const satisfies readonly (keyof ObservationReply)[];
export type Drawn = (typeof DRAWN)[number];

export const historyPath = (id: string, quantity: Drawn): string =>
  placePath(id, `/history?quantity=${quantity}&points=${quantity === 'temperatureC' ? 96 : 48}`);
export const forecastPath = (id: string): string => placePath(id, '/forecast?horizon=25');
export const slotsPath = (id: string): string => `/api/v1/slots?place=${encodeURIComponent(id)}&limit=200`;

/** What the page of a region is made of. */
export const regionAsks = (id: string): readonly string[] => [
  placePath(id),
  forecastPath(id),
  slotsPath(id),
  ...DRAWN.map((quantity) => historyPath(id, quantity)),
];
