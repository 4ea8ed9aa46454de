import type { ObservationReply } from '../../../src/serve/contract.ts';
import { placePath } from '../app/answers.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const SPANS = { '24h': DAY_MS, '7j': 7 * DAY_MS, '30j': 30 * DAY_MS, '1an': 365 * DAY_MS } as const;
export type Span = keyof typeof SPANS;
export const QUANTITIES = [
  'temperatureC',
  'humidityPct',
  'windSpeedMps',
  'visibilityM',
  'pressureHpa',
] as const satisfies readonly (keyof ObservationReply)[];
export type Shown = (typeof QUANTITIES)[number];

/** What an address asks to see; anything it does not know is the default. */
export function historyView(search: string, now: number) {
  const asked = new URLSearchParams(search);
  const span = (Object.keys(SPANS) as Span[]).find((one) => one === asked.get('periode')) ?? '7j';
  const quantity = QUANTITIES.find((one) => one === asked.get('grandeur')) ?? 'temperatureC';
  // The next full hour: the address of the question stays the same while the page is open.
  const to = Math.ceil(now / HOUR_MS) * HOUR_MS;
  return { span, quantity, from: to - SPANS[span], to };
}

export function historyViewPath(id: string, search: string, now: number): string {
  const { quantity, from, to } = historyView(search, now);
  const iso = (at: number) => new Date(at).toISOString();
  return placePath(id, `/history?quantity=${quantity}&from=${iso(from)}&to=${iso(to)}&points=168`);
}
