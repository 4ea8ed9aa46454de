/** The band of a row of quantiles that holds `share` of cases: its two quantiles, or `null` where either is not kept. */
export function bandAt(
  levels: readonly number[],
  quantiles: readonly number[] | null,
  share: number,
): { readonly low: number; readonly high: number } | null {
  if (quantiles === null) return null;
  const find = (level: number) => quantiles[levels.findIndex((one) => Math.abs(one - level) < 1e-9)];
  const [low, high] = [find((1 - share) / 2), find((1 + share) / 2)];
  return low === undefined || high === undefined ? null : { low, high };
}
