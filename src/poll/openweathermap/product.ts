import { DAY_MS, floorTo, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import type { Place } from '../../weather/place.ts';
import type { QuotaWindow } from '../source.ts';
import type { Question } from './client.ts';
import type { OpenWeatherMapOptions } from './config.ts';
import { type Product, TIMELINE_HOURS } from './request.ts';

/** The provider computes its data anew every ten minutes. */
export const PUBLISHED_EVERY_MS = 10 * MINUTE_MS;

/** Time the provider's archive reaches back, for the products that have one: to 1979. */
const ARCHIVE_MS = 47 * 366 * DAY_MS;

/** How a slot is asked for: at its own instant where the product can, else as the present. */
export function slotQuestion(
  product: Product,
  place: Place,
  slotAt: Instant,
  now: Instant,
  withForecast: boolean,
): Question {
  const present = now - slotAt < PUBLISHED_EVERY_MS;
  const forecastFrom = now + 1;
  if (product === '2.5') return { product, url: (to) => to.weather(place), forecastFrom };
  if (product === '3.0')
    return withForecast && present
      ? { product, url: (to) => to.onecall(place), forecastFrom }
      : { product, url: (to) => to.timemachine(place, slotAt), forecastFrom };
  // The hourly timeline holds the slot itself only when the slot is a full hour.
  return withForecast && present && slotAt % HOUR_MS === 0
    ? { product, url: (to) => to.timeline(place, slotAt, TIMELINE_HOURS), forecastFrom }
    : { product, url: (to) => to.current(place), forecastFrom };
}

/**
 * The slots of a hole that one call can fill, with the call: one instant of 3.0, twenty full hours of 4.0; `null` when
 * none of them can be filled at all.
 */
export function backfillQuestion(
  product: Product,
  place: Place,
  slots: readonly Instant[],
): { readonly question: Question; readonly answered: readonly Instant[] } | null {
  const fillable = product === '4.0' ? slots.filter((slotAt) => slotAt % HOUR_MS === 0) : slots;
  const [first] = fillable;
  if (first === undefined || product === '2.5') return null;
  const forecastFrom = Number.POSITIVE_INFINITY;
  if (product === '3.0')
    return {
      question: { product, url: (to) => to.timemachine(place, first), forecastFrom },
      answered: [first],
    };
  const answered = fillable.filter((slotAt) => slotAt < first + TIMELINE_HOURS * HOUR_MS);
  const hours = ((answered[answered.length - 1] ?? first) - first) / HOUR_MS + 1;
  return {
    question: { product, url: (to) => to.timeline(place, first, hours), forecastFrom },
    answered,
  };
}

/** The vintage of the provider's forecast that a slot belongs to; one is kept per vintage. `null`: none. */
export const vintageOf = (slotAt: Instant, forecastEveryHours: number): Instant | null =>
  forecastEveryHours === 0 ? null : floorTo(slotAt, forecastEveryHours * HOUR_MS);

/** How far back a product can fill, and how much of a hole one call takes. */
export function backfillReach(product: Product | 'auto'): { readonly lookBackMs: number; readonly spanMs: number } {
  if (product === '3.0') return { lookBackMs: ARCHIVE_MS, spanMs: 1 };
  // Twenty records stand nineteen hours apart from the first to the last.
  if (product === '4.0') return { lookBackMs: ARCHIVE_MS, spanMs: (TIMELINE_HOURS - 1) * HOUR_MS };
  return { lookBackMs: 0, spanMs: 0 };
}

/** The limits of a product; those of "auto" hold whichever product the key opens. */
export function quotaOf(options: OpenWeatherMapOptions): readonly QuotaWindow[] {
  const minute: QuotaWindow = { name: 'minute', limit: options.callsPerMinute };
  const day: QuotaWindow = { name: 'day', limit: options.callsPerDay };
  const month: QuotaWindow = { name: 'month', limit: options.callsPerMonth };
  if (options.product === '2.5') return [minute, month];
  return options.product === 'auto' ? [minute, day] : [day];
}
