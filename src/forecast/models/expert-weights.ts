import { type EngineState, EXPERT_COUNT, FIRST_PROVIDER, KNOTS } from './engine-state.ts';

/** Loss of each expert before the place has judged it, relative to the pooled model's. */
const FIRST_LOSS: readonly number[] = [1, 0.98, 0.99, 1.6, 1.35, 1.35, 1.35, 1.2, 1.2];
/** How fast an expert falls behind with its loss. */
const SHARPNESS = 12;
/**
 * Share of the last loss: half of what is known of the place's own forecasts is twelve weeks old, of a provider's, whose
 * model may change any day, five days. Before that each loss counts as much as any, the first one as five days.
 */
const STEP = 1 - 0.5 ** (1 / 2_000);
const PROVIDER_STEP = 1 - 0.5 ** (1 / 120);
const FIRST_LOSSES = 120;

export function startExpertWeights({ loss }: EngineState): void {
  for (let index = 0; index < loss.length; index++) loss[index] = FIRST_LOSS[index % EXPERT_COUNT] ?? 1;
}

/** One verified forecast of an expert at a knot: |error| in units of the expected size. */
export function learnLoss({ loss, verified }: EngineState, knot: number, expert: number, ratio: number): void {
  const place = knot * EXPERT_COUNT + expert;
  const before = loss[place] ?? 0;
  const step = expert >= FIRST_PROVIDER ? PROVIDER_STEP : Math.max(STEP, 1 / ((verified[knot] ?? 0) + FIRST_LOSSES));
  loss[place] = before + step * (Math.min(ratio, 8) - before);
}

/** An expert that has nothing to judge it by any more stands where it began. */
export function forgetLoss({ loss }: EngineState, expert: number): void {
  for (let knot = 0; knot < KNOTS; knot++) loss[knot * EXPERT_COUNT + expert] = FIRST_LOSS[expert] ?? 1;
}

/**
 * Weights exp(−12·(L/Lmin − 1)) at every knot, not yet divided by their sum: an expert that has nothing to say at a lead is
 * left out there.
 */
export function expertWeights({ loss }: EngineState, into: Float64Array): void {
  for (let knot = 0; knot < KNOTS; knot++) {
    const from = knot * EXPERT_COUNT;
    let least = Number.POSITIVE_INFINITY;
    for (let expert = 0; expert < EXPERT_COUNT; expert++) least = Math.min(least, loss[from + expert] ?? least);
    for (let expert = 0; expert < EXPERT_COUNT; expert++)
      into[from + expert] = Math.exp(-SHARPNESS * ((loss[from + expert] ?? 0) / least - 1));
  }
}
