import type { Instant } from '../core/time.ts';
import type { Place } from '../weather/place.ts';
import type { SourceCapabilities } from './source.ts';

/** One call that fills a stretch of slots at some places. */
export interface BackfillCall {
  readonly places: readonly Place[];
  /** Ascending, within the source's span. */
  readonly slots: readonly Instant[];
  /** Quota units. */
  readonly cost: number;
}

/**
 * The calls that cover the open slots within the source's look-back, oldest stretch first. `open` is read when a stretch
 * is reached, so that what an earlier call filled is not asked for again.
 */
export function* backfillCalls(
  capabilities: SourceCapabilities,
  places: readonly Place[],
  open: ReadonlyMap<Instant, ReadonlySet<string>>,
  everyMs: number,
  nowAt: Instant,
): Generator<BackfillCall> {
  const reachAt = nowAt - capabilities.lookBackMs;
  const slots = [...open.keys()].filter((slotAt) => slotAt >= reachAt && slotAt <= nowAt).sort((a, b) => a - b);
  for (let first = 0; first < slots.length; ) {
    const from = slots[first] ?? 0;
    let end = first;
    while (end < slots.length && (slots[end] ?? 0) - from + everyMs <= Math.max(everyMs, capabilities.backfillSpanMs))
      end++;
    yield* callsOfStretch(capabilities, places, open, slots.slice(first, end), everyMs);
    first = end;
  }
}

function* callsOfStretch(
  capabilities: SourceCapabilities,
  places: readonly Place[],
  open: ReadonlyMap<Instant, ReadonlySet<string>>,
  stretch: readonly Instant[],
  everyMs: number,
): Generator<BackfillCall> {
  const wanting = places.filter(({ id }) => stretch.some((slotAt) => open.get(slotAt)?.has(id)));
  for (let start = 0; start < wanting.length; ) {
    const size = batchThatFits(capabilities, wanting.length - start, stretch, everyMs);
    const batch = wanting.slice(start, start + size);
    const slots = stretch.filter((slotAt) => batch.some(({ id }) => open.get(slotAt)?.has(id)));
    const [first, last] = [slots[0], slots.at(-1)];
    if (first !== undefined && last !== undefined)
      yield { places: batch, slots, cost: capabilities.backfillCostOf(batch.length, first, last + everyMs) };
    start += size;
  }
}

/** As many places as one call may ask for without costing more than the narrowest window holds; at least one. */
function batchThatFits(
  { placesPerCall, backfillCostOf, quota }: SourceCapabilities,
  places: number,
  stretch: readonly Instant[],
  everyMs: number,
): number {
  const [from, to] = [stretch[0] ?? 0, (stretch.at(-1) ?? 0) + everyMs];
  const limit = Math.min(...quota.map((window) => window.limit)) / 2;
  let size = Math.min(places, placesPerCall);
  while (size > 1 && backfillCostOf(size, from, to) > limit) size >>= 1;
  return size;
}
