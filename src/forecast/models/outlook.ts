import { HOUR_MS } from '../../core/time.ts';
import type { Site } from '../forecaster.ts';
import { type EngineState, EXPERT_COUNT, KNOTS, KNOTS_H, LEVEL_COUNT, OWN_TERMS } from './engine-state.ts';
import { expertWeights } from './expert-weights.ts';
import { LEADS } from './features.ts';
import { dayWave, hourOf, KNOT_BEFORE, KNOT_PART } from './knots.ts';
import { ownCorrection } from './own-correction.ts';
import { hourFactor, sizeFactor } from './own-errors.ts';
import { type PooledView, pooledView } from './pooled-view.ts';
import type { Prior } from './prior.ts';
import { providerCourse } from './provider-memory.ts';
import type { Origin } from './reading-grid.ts';

/** What the model says from one origin: everything by lead in whole hours. Overwritten by the next call. */
export interface Outlook {
  tier: number;
  /** `[lead · EXPERT_COUNT + expert]`, °C; NaN where an expert has nothing to say. */
  readonly said: Float64Array;
  readonly meanC: Float64Array;
  /** Expected size of the error, °C. */
  spreadC: Float64Array;
  /** `[lead · LEVEL_COUNT + level]`, °C. */
  readonly quantileC: Float64Array;
  /** What the place's own correction looks at, but the hours. */
  originTerms: Float64Array;
}

const outlook: Outlook = {
  tier: 0,
  said: new Float64Array((LEADS + 1) * EXPERT_COUNT),
  meanC: new Float64Array(LEADS + 1),
  spreadC: new Float64Array(LEADS + 1),
  quantileC: new Float64Array((LEADS + 1) * LEVEL_COUNT),
  originTerms: new Float64Array(4),
};
const weights = new Float64Array(KNOTS * EXPERT_COUNT);
const corrections = new Float64Array(KNOTS);
const terms = new Float64Array(OWN_TERMS);

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
  const view = pooledView(state, prior, site, origin, pooled);
  outlook.tier = view.tier;
  outlook.spreadC = view.spreadC;
  outlook.originTerms = view.originTerms;
  if (pooled)
    for (let lead = 1; lead <= LEADS; lead++) outlook.meanC[lead] = origin.temperatureC + (view.changeC[lead] ?? 0);
  else {
    listen(state, origin, view);
    weigh(state);
  }
  spreadAround(state, prior, origin, own);
  return outlook;
}

/** Fills in what the place's own correction looks at. */
export function ownTerms(
  origin: Origin,
  pooledC: number,
  lead: number,
  fromOrigin: ArrayLike<number>,
  into: Float64Array,
) {
  into[0] = 1;
  into[1] = (pooledC - origin.temperatureC) / 5;
  dayWave(origin.validAt + lead * HOUR_MS, into, 2);
  dayWave(origin.validAt, into, 4);
  for (let index = 0; index < 4; index++) into[6 + index] = fromOrigin[index] ?? 0;
}

function listen(state: EngineState, origin: Origin, { changeC, dayC, weekC, usualC, originTerms }: PooledView): void {
  const { said } = outlook;
  const { hourBias } = state;
  const y = origin.temperatureC;
  for (let knot = 0; knot < KNOTS; knot++) {
    const lead = KNOTS_H[knot] ?? 1;
    ownTerms(origin, y + (changeC[lead] ?? 0), lead, originTerms, terms);
    corrections[knot] = ownCorrection(state, knot, terms);
  }
  const originHour = hourOf(origin.validAt);
  for (let lead = 1; lead <= LEADS; lead++) {
    const from = lead * EXPERT_COUNT;
    const pooledC = y + (changeC[lead] ?? 0);
    const [knot, part, hour] = [KNOT_BEFORE[lead] ?? 0, KNOT_PART[lead] ?? 0, (originHour + lead) % 24];
    const [biasNear, biasFar] = [hourBias[knot * 24 + hour] ?? 0, hourBias[(knot + 1) * 24 + hour] ?? 0];
    const [near, far] = [corrections[knot] ?? 0, corrections[knot + 1] ?? 0];
    said[from] = pooledC;
    said[from + 1] = pooledC + biasNear + part * (biasFar - biasNear);
    said[from + 2] = pooledC + near + part * (far - near);
    said[from + 3] = y;
    said[from + 4] = dayC[lead % 24] ?? Number.NaN;
    said[from + 5] = weekC[lead % 24] ?? Number.NaN;
    said[from + 6] = usualC[lead] ?? Number.NaN;
  }
  providerCourse(state, 0, origin, said);
  providerCourse(state, 1, origin, said);
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
  const { quantile } = state;
  const originHour = hourOf(origin.validAt);
  for (let lead = 1; lead <= LEADS; lead++) {
    const [knot, part, from] = [KNOT_BEFORE[lead] ?? 0, KNOT_PART[lead] ?? 0, lead * LEVEL_COUNT];
    const mean = meanC[lead] ?? 0;
    const spread = spreadC[lead] ?? 0;
    if (!own) {
      for (let level = 0; level < LEVEL_COUNT; level++)
        quantileC[from + level] = mean + spread * prior.quantile(tier, lead, level);
      continue;
    }
    const hour = (originHour + lead) % 24;
    const near = (1 - part) * spread * sizeFactor(state, knot) * hourFactor(state, knot, hour);
    const far = part * spread * sizeFactor(state, knot + 1) * hourFactor(state, knot + 1, hour);
    const nearFrom = knot * LEVEL_COUNT;
    for (let level = 0; level < LEVEL_COUNT; level++) {
      const [nearer, farther] = [quantile[nearFrom + level] ?? 0, quantile[nearFrom + LEVEL_COUNT + level] ?? 0];
      quantileC[from + level] = mean + near * nearer + far * farther;
    }
  }
}
