import type { Dictionary } from './dictionary.ts';

/**
 * Which source's row is *the* reading where several have one for the same place and instant: the configured order, then
 * every other source alphabetically.
 */
export interface SourcePreference {
  /** Compares two sources' numbers; negative when the first is preferred. */
  compare(one: number, other: number): number;
}

export function sourcePreference(preference: readonly string[], sources: Dictionary): SourcePreference {
  const listed = new Map(preference.map((id, index) => [id, index]));
  const rank = (id: string) => listed.get(id) ?? preference.length;
  return {
    compare: (one, other) => {
      if (one === other) return 0;
      const [first, second] = [sources.idOf(one), sources.idOf(other)];
      return rank(first) - rank(second) || (first < second ? -1 : 1);
    },
  };
}
