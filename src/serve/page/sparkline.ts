import { fromRfc3339, HOUR_MS, type Instant } from '../../core/time.ts';
import { type Html, html } from './html.ts';
import type { PlaceView } from './model.ts';

const WIDTH = 270;
const HEIGHT = 56;
const PAD = 5;
const AHEAD_MS = 3 * HOUR_MS;
/** Longer than this without a value and the line is broken: a gap is never drawn over. */
const GAP_MS = 1.6 * HOUR_MS;
/** A calm day is not drawn as a stormy one. */
const LEAST_SPAN_C = 4;

/** The day's lowest and highest temperature as drawn; `null` without any. */
export function rangeOf({ temperatures, latest }: PlaceView): { readonly low: number; readonly high: number } | null {
  const values = [
    ...temperatures.map(({ meanC }) => meanC),
    ...((latest?.values.temperatureC ?? null) === null ? [] : [latest?.values.temperatureC ?? 0]),
  ];
  return temperatures.length === 0 ? null : { low: Math.min(...values), high: Math.max(...values) };
}

/**
 * The last 24 hours as a line, the coming three as a band with its edges and a dashed median, and a rule at now. Says
 * nothing to a screen reader that `label` does not.
 */
export function sparkline(view: PlaceView, from: Instant, now: Instant, label: string): Html {
  const span = rangeOf(view);
  if (!span) return html``;
  const coming = view.coming.map((hour) => ({ ...hour, at: fromRfc3339(hour.validAt) ?? now }));
  const all = [
    span.low,
    span.high,
    ...coming.flatMap(({ meanC, lowC, highC }) => [meanC, lowC ?? meanC, highC ?? meanC]),
  ];
  const middle = (Math.min(...all) + Math.max(...all)) / 2;
  const half = Math.max(LEAST_SPAN_C, Math.max(...all) - Math.min(...all)) / 2;
  const x = (at: Instant) => round(((at - from) / (now + AHEAD_MS - from)) * WIDTH);
  const y = (celsius: number) => round(PAD + ((middle + half - celsius) / (2 * half)) * (HEIGHT - 2 * PAD));
  const banded = coming.filter(({ at, lowC, highC }) => at <= now + AHEAD_MS && lowC !== null && highC !== null);
  const edge = (key: 'lowC' | 'highC') => banded.map((hour) => `${x(hour.at)} ${y(hour[key] ?? 0)}`);
  const band = banded.length > 1 ? `M${edge('highC').join('L')}L${edge('lowC').reverse().join('L')}Z` : '';
  const median = coming.filter(({ at }) => at <= now + AHEAD_MS).map(({ at, meanC }) => `${x(at)} ${y(meanC)}`);
  const rule = x(now);
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}"><path class="rule" d="M${rule} 0V${HEIGHT}"/>${
    band === '' ? null : html`<path class="band" d="${band}"/>`
  }${median.length > 1 ? html`<path class="median" d="M${median.join('L')}"/>` : null}<path class="line" d="${observedPath(view, x, y)}"/></svg>`;
}

function observedPath(view: PlaceView, x: (at: Instant) => number, y: (celsius: number) => number): string {
  let path = '';
  let before: Instant | null = null;
  for (const { at, meanC } of view.temperatures) {
    const joined = before !== null && at - before <= GAP_MS;
    // A lone value is a stroke of no length: its round cap makes a dot.
    path += joined ? `L${x(at)} ${y(meanC)}` : `M${x(at)} ${y(meanC)}h0`;
    before = at;
  }
  return path;
}

const round = (value: number) => Math.round(value * 10) / 10;
