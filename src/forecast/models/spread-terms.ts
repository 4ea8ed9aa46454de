import type { Site } from '../forecaster.ts';
import type { Features } from './features.ts';

/** What the size of an error depends on. */
export const SPREAD_TERMS = 10;
const terms = new Float64Array(SPREAD_TERMS);

const SIN_OF_HOUR = Float64Array.from({ length: 24 }, (_, hour) => Math.sin((2 * Math.PI * hour) / 24));
const COS_OF_HOUR = Float64Array.from({ length: 24 }, (_, hour) => Math.cos((2 * Math.PI * hour) / 24));

let [sine, cosine] = [0, 1];

/**
 * Sets the origin that `spreadTerms` speaks of: the hour, how much days differed lately, the range of the last day, the
 * sun's day and the latitude. What is not known of the past counts as usual (0).
 */
export function setSpreadOrigin(
  { latitude }: Site,
  { dayToDay, dayRange }: Pick<Features, 'dayToDay' | 'dayRange'>,
  dayMeanSun: number,
  hourAngle: number,
): void {
  sine = Math.sin(hourAngle);
  cosine = Math.cos(hourAngle);
  terms[0] = 1;
  terms[6] = Number.isNaN(dayToDay) ? 0 : Math.log((dayToDay + 0.3) / 3);
  terms[7] = Number.isNaN(dayRange) ? 0 : Math.log((dayRange + 1) / 10);
  terms[8] = dayMeanSun - 0.25;
  terms[9] = Math.abs(latitude) / 40 - 1;
}

/** The terms of log |error| at a lead: those of the origin, and the hour of the target. Overwritten by the next call. */
export function spreadTerms(lead: number): Float64Array {
  const [hourSine, hourCosine] = [SIN_OF_HOUR[lead % 24] ?? 0, COS_OF_HOUR[lead % 24] ?? 1];
  const targetSine = sine * hourCosine + cosine * hourSine;
  const targetCosine = cosine * hourCosine - sine * hourSine;
  terms[1] = targetSine;
  terms[2] = targetCosine;
  terms[3] = 2 * targetSine * targetCosine;
  terms[4] = 1 - 2 * targetSine * targetSine;
  terms[5] = lead < 24 ? sine : 0;
  return terms;
}
