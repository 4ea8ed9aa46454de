import { HOUR_MS, type Instant } from '../../core/time.ts';
import type { Site } from '../forecaster.ts';
import { COURSE_ORIGIN } from './day-tables.ts';
import { type EngineState, EXPERT_COUNT, HEAD, KNOTS, KNOTS_H, LEVEL_COUNT, OWN_TERMS } from './engine-state.ts';
import { expertWeights } from './expert-weights.ts';
import { type Features, featuresAt, LEADS } from './features.ts';
import { hourlyPast } from './hourly-past.ts';
import { dayAngle, hourOf, KNOT_BEFORE, KNOT_PART } from './knots.ts';
import { ownCorrection } from './own-correction.ts';
import { hourFactor, knotQuantile, sizeFactor } from './own-errors.ts';
import type { Prior } from './prior.ts';
import { providerAt } from './provider-memory.ts';
import { sunCourse } from './sun-course.ts';
import { usualCourse } from './usual-course.ts';

/** What the model says from one origin: everything by lead in whole hours. Overwritten by the next call. */
export interface Outlook {
  tier: number;
  /** `[lead · EXPERT_COUNT + expert]`, °C; NaN where an expert has nothing to say. */
  readonly said: Float64Array;
  readonly meanC: Float64Array;
  /** Expected size of the error, °C. */
  readonly spreadC: Float64Array;
  /** `[lead · LEVEL_COUNT + level]`, °C. */
  readonly quantileC: Float64Array;
  /** What the place's own correction looks at, but the hours. */
  readonly originTerms: Float64Array;
}

const outlook: Outlook = {
  tier: 0,
  said: new Float64Array((LEADS + 1) * EXPERT_COUNT),
  meanC: new Float64Array(LEADS + 1),
  spreadC: new Float64Array(LEADS + 1),
  quantileC: new Float64Array((LEADS + 1) * LEVEL_COUNT),
  originTerms: new Float64Array(4),
};
const change = new Float64Array(LEADS + 1);
const weights = new Float64Array(KNOTS * EXPERT_COUNT);
const corrections = new Float64Array(KNOTS);
const terms = new Float64Array(OWN_TERMS);

export interface Origin {
  readonly validAt: Instant;
  readonly temperatureC: number;
}

/**
 * What is forecast from an origin. `pooled` leaves out all that the place has taught: for an origin before the newest
 * reading, where what was learnt tells of what came after it. `own` says whose error quantiles are around the mean.
 */
export function outlookFrom(
  state: EngineState,
  prior: Prior,
  site: Site,
  origin: Origin,
  { pooled, own }: { readonly pooled: boolean; readonly own: boolean },
): Outlook {
  const past = hourlyPast(state, origin);
  const sun = sunCourse(site, origin.validAt);
  const usual = state.head[HEAD.usualIsSolved] === 1 && !pooled ? usualCourse(state.usual, origin.validAt) : null;
  const features = featuresAt(site, past, sun, usual);
  outlook.tier = features.tier;
  prior.changes(features, features.tier, change);
  prior.spreads(site, features, features.tier, sun.dayMean, sun.hourAngle, outlook.spreadC);
  originTerms(features, past, sun.dayMean);
  listen(state, origin, past, features, usual?.course ?? null, pooled);
  if (pooled) for (let lead = 1; lead <= LEADS; lead++) outlook.meanC[lead] = outlook.said[lead * EXPERT_COUNT] ?? 0;
  else weigh(state);
  spreadAround(state, prior, origin, own);
  return outlook;
}

function originTerms({ dayMean, weekMean }: Features, past: Float64Array, sunMean: number): void {
  const y = past[0] ?? 0;
  const known = (value: number) => (Number.isFinite(value) ? value : 0);
  outlook.originTerms[0] = known((y - dayMean) / 5);
  outlook.originTerms[1] = known((dayMean - weekMean) / 5);
  outlook.originTerms[2] = 4 * (sunMean - 0.25);
  outlook.originTerms[3] = known((y - (past[1] ?? Number.NaN)) / 2);
}

/** Fills in what the place's own correction looks at. */
export function ownTerms(
  origin: Origin,
  pooledC: number,
  lead: number,
  fromOrigin: ArrayLike<number>,
  into: Float64Array,
) {
  const [originAngle, targetAngle] = [dayAngle(origin.validAt), dayAngle(origin.validAt + lead * HOUR_MS)];
  into[0] = 1;
  into[1] = (pooledC - origin.temperatureC) / 5;
  into[2] = Math.sin(targetAngle);
  into[3] = Math.cos(targetAngle);
  into[4] = Math.sin(originAngle);
  into[5] = Math.cos(originAngle);
  for (let index = 0; index < 4; index++) into[6 + index] = fromOrigin[index] ?? 0;
}

function listen(
  state: EngineState,
  origin: Origin,
  past: Float64Array,
  { tier, weekProfile }: Features,
  usual: Float64Array | null,
  pooled: boolean,
): void {
  const { said } = outlook;
  const y = origin.temperatureC;
  if (!pooled)
    for (let knot = 0; knot < KNOTS; knot++) {
      const lead = KNOTS_H[knot] ?? 1;
      ownTerms(origin, y + (change[lead] ?? 0), lead, outlook.originTerms, terms);
      corrections[knot] = ownCorrection(state, knot, terms);
    }
  for (let lead = 1; lead <= LEADS; lead++) {
    const from = lead * EXPERT_COUNT;
    const pooledC = y + (change[lead] ?? 0);
    said[from] = pooledC;
    if (pooled) continue;
    const at = origin.validAt + lead * HOUR_MS;
    const [knot, part, hour] = [KNOT_BEFORE[lead] ?? 0, KNOT_PART[lead] ?? 0, hourOf(at)];
    const { hourBias } = state;
    const [biasNear, biasFar] = [hourBias[knot * 24 + hour] ?? 0, hourBias[(knot + 1) * 24 + hour] ?? 0];
    said[from + 1] = pooledC + biasNear + part * (biasFar - biasNear);
    const [near, far] = [corrections[knot] ?? 0, corrections[knot + 1] ?? 0];
    said[from + 2] = pooledC + near + part * (far - near);
    said[from + 3] = y;
    said[from + 4] = past[lead <= 24 ? 24 - lead : 48 - lead] ?? Number.NaN;
    said[from + 5] = tier >= 3 ? (weekProfile[lead % 24] ?? 0) : Number.NaN;
    said[from + 6] = usual === null ? Number.NaN : (usual[COURSE_ORIGIN + lead] ?? 0);
    said[from + 7] = providerAt(state, 0, origin, at);
    said[from + 8] = providerAt(state, 1, origin, at);
  }
}

function weigh(state: EngineState): void {
  expertWeights(state, weights);
  const { said, meanC } = outlook;
  for (let lead = 1; lead <= LEADS; lead++) {
    const near = (KNOT_BEFORE[lead] ?? 0) * EXPERT_COUNT;
    const part = KNOT_PART[lead] ?? 0;
    let [sum, total] = [0, 0];
    for (let expert = 0; expert < EXPERT_COUNT; expert++) {
      const value = said[lead * EXPERT_COUNT + expert] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      const weight = (1 - part) * (weights[near + expert] ?? 0) + part * (weights[near + EXPERT_COUNT + expert] ?? 0);
      sum += weight * value;
      total += weight;
    }
    meanC[lead] = sum / total;
  }
}

function spreadAround(state: EngineState, prior: Prior, origin: Origin, own: boolean): void {
  const { spreadC, meanC, quantileC, tier } = outlook;
  for (let lead = 1; lead <= LEADS; lead++) {
    const [knot, part, from] = [KNOT_BEFORE[lead] ?? 0, KNOT_PART[lead] ?? 0, lead * LEVEL_COUNT];
    const mean = meanC[lead] ?? 0;
    const spread = spreadC[lead] ?? 0;
    if (!own) {
      for (let level = 0; level < LEVEL_COUNT; level++)
        quantileC[from + level] = mean + spread * prior.quantile(tier, lead, level);
      continue;
    }
    const hour = hourOf(origin.validAt + lead * HOUR_MS);
    const near = (1 - part) * spread * sizeFactor(state, knot) * hourFactor(state, knot, hour);
    const far = part * spread * sizeFactor(state, knot + 1) * hourFactor(state, knot + 1, hour);
    for (let level = 0; level < LEVEL_COUNT; level++)
      quantileC[from + level] =
        mean + near * knotQuantile(state, knot, level) + far * knotQuantile(state, knot + 1, level);
  }
}
