import { toRfc3339 } from '../../core/time.ts';
import type { Store } from '../../store/store.ts';
import type { Prediction } from '../../weather/prediction.ts';
import { clockShift } from '../models/clock-watch.ts';
import {
  DOUBTS,
  decodeState,
  type EngineState,
  EXPERT_COUNT,
  EXPERTS,
  HEAD,
  KNOTS,
  KNOTS_H,
} from '../models/engine-state.ts';
import { expertWeights } from '../models/expert-weights.ts';

/** How much each forecast of a place's memory weighs at a lead where all of them speak; together 1. */
export interface ExpertsAtLead {
  readonly leadHours: number;
  readonly weights: Readonly<Record<string, number>>;
}

/** What a memory holds of its sensor: a clock that seems wrong, and readings that it kept out, the newest first. RFC 3339. */
export interface SensorDoubts {
  readonly clock: { readonly aheadHours: number; readonly foundAt: string } | null;
  readonly doubted: readonly { readonly from: string; readonly to: string; readonly temperatureC: number }[];
}

export interface MemoryNow {
  readonly experts: readonly ExpertsAtLead[];
  readonly sensor: SensorDoubts;
}

const NOTHING: MemoryNow = { experts: [], sensor: { clock: null, doubted: [] } };
/** Spans of doubted readings that are shown. */
const SHOWN_DOUBTS = 10;

/**
 * What is in the memory that made a forecast, as the memory is stored: what it has learnt by then, not what it knew at the
 * issue. Nothing where the memory is of another model. A provider that never spoke stands at its first weight.
 */
export async function memoryNow(store: Store, newest: Prediction | null): Promise<MemoryNow> {
  const state = newest && (await store.states.get(newest.placeId, newest.source));
  if (!state || state.model !== newest.model) return NOTHING;
  try {
    const decoded = decodeState(state.bytes);
    return { experts: expertsIn(decoded), sensor: sensorIn(decoded) };
  } catch (error) {
    if (error instanceof RangeError) return NOTHING;
    throw error;
  }
}

export function expertsIn(state: EngineState): readonly ExpertsAtLead[] {
  const weights = new Float64Array(KNOTS * EXPERT_COUNT);
  expertWeights(state, weights);
  return KNOTS_H.map((leadHours, knot) => {
    const own = weights.subarray(knot * EXPERT_COUNT, (knot + 1) * EXPERT_COUNT);
    const sum = own.reduce((total, weight) => total + weight, 0);
    return { leadHours, weights: Object.fromEntries(EXPERTS.map((name, index) => [name, (own[index] ?? 0) / sum])) };
  });
}

export function sensorIn(state: EngineState): SensorDoubts {
  const { head, doubtFrom, doubtTo, doubtC } = state;
  const count = head[HEAD.doubts] ?? 0;
  const doubted = Array.from({ length: Math.min(count, DOUBTS, SHOWN_DOUBTS) }, (_, back) => {
    const place = (count - 1 - back) % DOUBTS;
    const temperatureC = Math.round(100 * (doubtC[place] ?? 0)) / 100;
    return { from: toRfc3339(doubtFrom[place] ?? 0), to: toRfc3339(doubtTo[place] ?? 0), temperatureC };
  });
  const clock = clockShift(state);
  return { clock: clock && { aheadHours: clock.aheadHours, foundAt: toRfc3339(clock.foundAt) }, doubted };
}
