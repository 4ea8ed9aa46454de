/** Compares two sources by their ids; negative when the first one's reading is preferred. */
export type ComparesSources = (one: string, other: string) => number;

/**
 * Which source's row is *the* reading where several have one for the same place and instant: the configured order, then
 * every other source alphabetically.
 */
export function sourceOrder(preference: readonly string[]): ComparesSources {
  const listed = new Map(preference.map((id, index) => [id, index]));
  const rank = (id: string) => listed.get(id) ?? preference.length;
  return (one, other) => (one === other ? 0 : rank(one) - rank(other) || (one < other ? -1 : 1));
}
