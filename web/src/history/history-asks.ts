import { placePath } from '../app/answers.ts';
import { quantityIn, type Shown } from '../app/quantities.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const SPANS = {
  '24h': DAY_MS,
  '7j': 7 * DAY_MS,
  '30j': 30 * DAY_MS,
  saison: 92 * DAY_MS,
  '1an': 365 * DAY_MS,
} as const;
export type Span = keyof typeof SPANS;
/** Of any series, however long the range. */
export const POINTS = 168;
const MOST_BESIDE = 2;
const LONGEST_MS = 5 * 366 * DAY_MS;

export interface HistoryView {
  readonly span: Span;
  readonly quantity: Shown;
  /** Ids of the regions beside the page's own. */
  readonly beside: readonly string[];
  /** As the address gives them: whole days, both included; empty where the span counts. */
  readonly days: { readonly from: string; readonly to: string };
  readonly from: number;
  readonly to: number;
}

/** What an address asks to see; anything it does not know is the default. */
export function historyView(id: string, search: string, now: number): HistoryView {
  const asked = new URLSearchParams(search);
  const span = (Object.keys(SPANS) as Span[]).find((one) => one === asked.get('periode')) ?? '7j';
  const beside = [...new Set(asked.getAll('avec'))]
    .filter((one) => /^[a-z0-9-]+$/.test(one) && one !== id)
    .slice(0, MOST_BESIDE);
  const days = { from: asked.get('de') ?? '', to: asked.get('a') ?? '' };
  // The next full hour: the address of the question stays the same while the page is open.
  const nextHour = Math.ceil(now / HOUR_MS) * HOUR_MS;
  const given = { from: dayAt(days.from), to: dayAt(days.to) + DAY_MS };
  const isGiven = given.to > given.from && given.to - given.from <= LONGEST_MS;
  return {
    span,
    quantity: quantityIn(search),
    beside,
    days: isGiven ? days : { from: '', to: '' },
    ...(isGiven ? given : { from: nextHour - SPANS[span], to: nextHour }),
  };
}

const dayAt = (text: string): number => (/^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN);

export function historySeriesPath(id: string, { quantity, from, to }: HistoryView): string {
  const iso = (at: number) => new Date(at).toISOString();
  return placePath(id, `/history?quantity=${quantity}&from=${iso(from)}&to=${iso(to)}&points=${POINTS}`);
}

export function historyAsks(id: string, search: string, now: number): readonly string[] {
  const view = historyView(id, search, now);
  return [placePath(id), ...[id, ...view.beside].map((one) => historySeriesPath(one, view))];
}
