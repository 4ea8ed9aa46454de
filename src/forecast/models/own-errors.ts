import { LEVELS } from '../../weather/prediction.ts';
import { type EngineState, KNOTS_H, LEVEL_COUNT } from './engine-state.ts';
import { GROUP_OF } from './knots.ts';
import type { Prior } from './prior.ts';

/** Verified forecasts of every knot before its own errors are believed: a week of hourly ones. */
const ENOUGH = 168;
/** Weight of the pooled size, in verified forecasts. */
const PRIOR_ERRORS = 72;
/**
 * The longest memory of the running size, in verified forecasts, and the step of the tracked quantiles, in units of the
 * expected size, by knot: errors of hourly issues overlap over their lead, so that many of a long lead say what one says.
 */
const MOST_ERRORS = KNOTS_H.map((lead) => 1_000 * (1 + lead / 6));
const QUANTILE_STEP = KNOTS_H.map((lead) => 0.005 / (1 + lead / 3));
/** Share of a new error in its hour's ratio; errors beyond this many sizes count as this many. */
const HOUR_STEP = 0.01;
const LARGEST_RATIO = 6;
const SMALLEST_HOUR_RATIO = 0.3;
/** Tier whose pooled quantiles the place's own begin from. */
const START_TIER = 3;

/** Fills in the pooled quantiles, from which the place's own ones start. */
export function startOwnErrors(
  { sizeRatio, quantile, hourRatio }: EngineState,
  prior: Prior,
  knots: readonly number[],
) {
  sizeRatio.fill(1);
  hourRatio.fill(1);
  for (const [knot, lead] of knots.entries())
    for (let level = 0; level < LEVEL_COUNT; level++)
      quantile[knot * LEVEL_COUNT + level] = prior.quantile(START_TIER, lead, level);
}

/** Whether the place has enough verified errors of its own at every knot. */
export const isLocal = ({ verified }: EngineState): boolean => verified.every((count) => count >= ENOUGH);

/** How the place's errors at a knot compare with the pooled ones. */
export const sizeFactor = ({ sizeRatio }: EngineState, knot: number): number => sizeRatio[knot] ?? 1;

export const hourFactor = ({ hourRatio }: EngineState, knot: number, hour: number): number =>
  Math.max(SMALLEST_HOUR_RATIO, hourRatio[(GROUP_OF[knot] ?? 0) * 24 + hour] ?? 1);

/**
 * One error at a knot, in units of the expected size there: each quantile level moves by the gradient of its pinball loss
 * (online conformal tracking: Gibbs & Candès 2021), so that it is undercut as often as it says; then the size moves.
 */
export function learnError(state: EngineState, knot: number, hour: number, ratio: number): void {
  const { sizeRatio, quantile, hourRatio, verified } = state;
  const size = sizeFactor(state, knot);
  const scaled = ratio / (size * hourFactor(state, knot, hour));
  const from = knot * LEVEL_COUNT;
  const step = QUANTILE_STEP[knot] ?? 0;
  for (let level = 0; level < LEVEL_COUNT; level++) {
    const before = quantile[from + level] ?? 0;
    quantile[from + level] = before + step * ((LEVELS[level] ?? 0) - (scaled < before ? 1 : 0));
  }
  keepSorted(quantile, from);
  const hourCell = (GROUP_OF[knot] ?? 0) * 24 + hour;
  const relative = Math.min(LARGEST_RATIO, Math.abs(ratio) / (sizeRatio[knot] ?? 1));
  hourRatio[hourCell] = (hourRatio[hourCell] ?? 1) + HOUR_STEP * (relative - (hourRatio[hourCell] ?? 1));
  const count = Math.min(MOST_ERRORS[knot] ?? 1, (verified[knot] ?? 0) + 1 + PRIOR_ERRORS);
  const before = sizeRatio[knot] ?? 1;
  sizeRatio[knot] = Math.max(0.02, before + (Math.min(LARGEST_RATIO * before, Math.abs(ratio)) - before) / count);
  verified[knot] = (verified[knot] ?? 0) + 1;
}

/** By insertion: the steps leave them almost sorted. */
function keepSorted(quantile: Float32Array, from: number): void {
  for (let level = 1; level < LEVEL_COUNT; level++) {
    const value = quantile[from + level] ?? 0;
    let place = level;
    while (place > 0 && (quantile[from + place - 1] ?? 0) > value) {
      quantile[from + place] = quantile[from + place - 1] ?? 0;
      place--;
    }
    quantile[from + place] = value;
  }
}
