import type { Instant } from '../../core/time.ts';

/** Lists as one by append time; each list's own order is kept, whatever the clock did. Ties: the earlier list first. */
export function mergedByTime<Item extends { readonly appendedAt: Instant }>(
  lists: readonly (readonly Item[])[],
): readonly Item[] {
  const parts = lists.filter((list) => list.length > 0).map((list) => ({ list, taken: 0 }));
  const [only] = parts;
  if (parts.length <= 1) return only?.list ?? [];
  const all: Item[] = [];
  for (;;) {
    let oldest: Item | undefined;
    let from: { taken: number } | undefined;
    for (const part of parts) {
      const head = part.list[part.taken];
      if (head && (!oldest || head.appendedAt < oldest.appendedAt)) [oldest, from] = [head, part];
    }
    if (!oldest || !from) return all;
    from.taken++;
    all.push(oldest);
  }
}
