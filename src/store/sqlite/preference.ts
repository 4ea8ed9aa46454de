import { sourceOrder } from '../preference.ts';
import type { Dictionary } from './dictionary.ts';

/** Which source is preferred, by the numbers that rows hold. */
export interface SourcePreference {
  /** Compares two sources' numbers; negative when the first is preferred. */
  compare(one: number, other: number): number;
}

export function sourcePreference(preference: readonly string[], sources: Dictionary): SourcePreference {
  const compareIds = sourceOrder(preference);
  return {
    compare: (one, other) => (one === other ? 0 : compareIds(sources.idOf(one), sources.idOf(other))),
  };
}
