import { DAY_MS, floorTo, HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import type { QuotaWindow } from './source.ts';

export type WindowName = QuotaWindow['name'];

/** Longest length of each window, ms; a month has up to 31 days. */
export const WINDOW_MS: Readonly<Record<WindowName, number>> = {
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  month: 31 * DAY_MS,
};

/** Start of the window that `at` lies in: on the provider's wall clock, which is UTC; months are calendar months. */
export function windowStartAt(name: WindowName, at: Instant): Instant {
  if (name !== 'month') return floorTo(at, WINDOW_MS[name]);
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** Start of the window after the one that `at` lies in: when the limit resets. */
export function windowEndAt(name: WindowName, at: Instant): Instant {
  if (name !== 'month') return windowStartAt(name, at) + WINDOW_MS[name];
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}
