import type { Store } from '../../store/store.ts';
import type { Prediction } from '../../weather/prediction.ts';
import { decodeState, EXPERT_COUNT, EXPERTS, KNOTS, KNOTS_H } from '../models/engine-state.ts';
import { expertWeights } from '../models/expert-weights.ts';

/** How much each forecast of a place's memory weighs at a lead where all of them speak; together 1. */
export interface ExpertsAtLead {
  readonly leadHours: number;
  readonly weights: Readonly<Record<string, number>>;
}

/**
 * The weights in the memory that made a forecast, as the memory is stored: what it has learnt by then, not what it knew at
 * the issue. Empty where the memory is of another model. A provider that never spoke stands at its first weight.
 */
export async function expertsNow(store: Store, newest: Prediction | null): Promise<readonly ExpertsAtLead[]> {
  const state = newest && (await store.states.get(newest.placeId, newest.source));
  if (!state || state.model !== newest.model) return [];
  try {
    return expertsIn(state.bytes);
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** @throws RangeError when the bytes are no state of the engine */
export function expertsIn(bytes: Uint8Array): readonly ExpertsAtLead[] {
  const weights = new Float64Array(KNOTS * EXPERT_COUNT);
  expertWeights(decodeState(bytes), weights);
  return KNOTS_H.map((leadHours, knot) => {
    const own = weights.subarray(knot * EXPERT_COUNT, (knot + 1) * EXPERT_COUNT);
    const sum = own.reduce((total, weight) => total + weight, 0);
    return { leadHours, weights: Object.fromEntries(EXPERTS.map((name, index) => [name, (own[index] ?? 0) / sum])) };
  });
}
