import type { ObservationReply } from '../../../src/serve/contract.ts';
import { placePath } from '../app/answers.ts';
import { quantityIn } from '../app/quantities.ts';

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

/** By the quarter of an hour for a curve, by the hour for the small line of a card. */
export const historyPath = (id: string, quantity: keyof ObservationReply, points: 96 | 24 = 24): string =>
  placePath(id, `/history?quantity=${quantity}&points=${points}`);
export const curvePath = (id: string, search: string): string => historyPath(id, quantityIn(search), 96);
export const forecastPath = (id: string): string => placePath(id, '/forecast?horizon=25');
export const slotsPath = (id: string): string => `/api/v1/slots?place=${encodeURIComponent(id)}&limit=200`;
export const ALERTS = '/api/v1/alerts';

/** What the page of a region is made of. */
export const regionAsks = (id: string, search: string): readonly string[] => [
  placePath(id),
  forecastPath(id),
  slotsPath(id),
  ALERTS,
  curvePath(id, search),
  ...DRAWN.filter((quantity) => quantity !== 'temperatureC').map((quantity) => historyPath(id, quantity)),
];
