import type { Site } from '../forecaster.ts';
import type { Features } from './features.ts';

/** What the size of an error depends on. */
export const SPREAD_TERMS = 10;
const terms = new Float64Array(SPREAD_TERMS);

/**
 * The terms of log |error| at a lead: the hour of the target and of the origin, how much days differed lately, the range
 * of the last day, the sun's day and the latitude. What is not known of the past counts as usual (0).
 */
export function spreadTerms(
  { latitude }: Site,
  { dayToDay, dayRange }: Features,
  dayMeanSun: number,
  hourAngle: number,
  lead: number,
): Float64Array {
  const target = hourAngle + (2 * Math.PI * lead) / 24;
  terms[0] = 1;
  terms[1] = Math.sin(target);
  terms[2] = Math.cos(target);
  terms[3] = Math.sin(2 * target);
  terms[4] = Math.cos(2 * target);
  terms[5] = lead < 24 ? Math.sin(hourAngle) : 0;
  terms[6] = Number.isNaN(dayToDay) ? 0 : Math.log((dayToDay + 0.3) / 3);
  terms[7] = Number.isNaN(dayRange) ? 0 : Math.log((dayRange + 1) / 10);
  terms[8] = dayMeanSun - 0.25;
  terms[9] = Math.abs(latitude) / 40 - 1;
  return terms;
}
