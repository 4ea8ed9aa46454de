import { floorTo, type Instant } from '../core/time.ts';
import type { Store } from '../store/store.ts';

/**
 * What was expected since when: from `fromAt` on, every `everyMs`, a reading of each of `placeIds`, until `toAt` or the
 * next era, whichever comes first. The list of eras says which (place, slot) must exist without looking at the slots themselves, so that an audit
 * finds a hole that nobody wrote down.
 */
export interface Era {
  /** The first slot. */
  readonly fromAt: Instant;
  /** Exclusive end; `null`: until the next era begins. */
  readonly toAt: Instant | null;
  readonly everyMs: number;
  readonly placeIds: readonly string[];
}

/** How far the ledger has been kept. */
export interface KeptUntil {
  /** Every expected slot up to and including this one has its row. */
  readonly openedAt: Instant;
  /** No slot before this one is pending any more. */
  readonly sweptAt: Instant;
}

const ERAS = 'ledger/eras';
const KEPT = 'ledger/kept';

/** Oldest first; empty when nothing was ever expected. */
export const readEras = async (store: Store): Promise<readonly Era[]> => (await store.facts.get<Era[]>(ERAS)) ?? [];

export const writeEras = (store: Store, eras: readonly Era[]): Promise<void> => store.facts.set(ERAS, eras);

export const readKeptUntil = (store: Store): Promise<KeptUntil | null> => store.facts.get<KeptUntil>(KEPT);

export const writeKeptUntil = (store: Store, kept: KeptUntil): Promise<void> => store.facts.set(KEPT, kept);

/** The expected slots of `[from, to)`, era by era, oldest first: each instant with the places that are due at it. */
export function* expectedSlots(
  eras: readonly Era[],
  from: Instant,
  to: Instant,
): Generator<{ readonly slotAt: Instant; readonly placeIds: readonly string[] }> {
  for (const [index, { fromAt, toAt, everyMs, placeIds }] of eras.entries()) {
    const untilAt = Math.min(to, toAt ?? to, eras[index + 1]?.fromAt ?? to);
    const first = fromAt + Math.max(0, Math.ceil((from - fromAt) / everyMs)) * everyMs;
    for (let slotAt = first; slotAt < untilAt; slotAt += everyMs) yield { slotAt, placeIds };
  }
}

export const samePlan = (era: Era, everyMs: number, placeIds: readonly string[]): boolean =>
  era.everyMs === everyMs &&
  era.placeIds.length === placeIds.length &&
  era.placeIds.every((id, index) => id === placeIds[index]);

/** Nothing is expected from the slot after `nowAt` on, until somebody begins a new era. */
export async function endEra(store: Store, nowAt: Instant): Promise<void> {
  const eras = await readEras(store);
  const last = eras.at(-1);
  if (last === undefined || last.toAt !== null) return;
  await writeEras(store, [...eras.slice(0, -1), { ...last, toAt: floorTo(nowAt, last.everyMs) + last.everyMs }]);
}
