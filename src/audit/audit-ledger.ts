import { type Instant, toRfc3339 } from '../core/time.ts';
import { type Era, expectedSlots, readEras, readKeptUntil } from '../ledger/era.ts';
import { SLOT_STATES, type Slot } from '../ledger/ledger.ts';
import type { Store } from '../store/store.ts';
import type { AuditCount } from './report.ts';

interface LedgerAuditInput {
  readonly store: Store;
  /** Slot time `[from, to)`; undefined: all of it. */
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
  /** Slots before this may have been removed by retention. */
  readonly keptFromAt: Instant;
  readonly count: AuditCount;
}

const PAGE_SLOTS = 5000;

const slotText = (placeId: string, slotAt: Instant) => `${placeId} ${toRfc3339(slotAt)}`;

/**
 * Compares the ledger with what was expected, slot by slot: every expected (place, slot) up to where the ledger has been
 * kept has exactly one row in one state, and none is pending that nobody will fill any more.
 */
export async function auditLedger({ store, from, to, keptFromAt, count }: LedgerAuditInput): Promise<void> {
  const eras = await readEras(store);
  const kept = await readKeptUntil(store);
  const fromAt = Math.max(from ?? Number.MIN_SAFE_INTEGER, keptFromAt);
  const toAt = to ?? Number.MAX_SAFE_INTEGER;
  const expected = expectation(eras, fromAt, kept === null ? fromAt : Math.min(toAt, kept.openedAt + 1));
  let due = expected.next();

  for await (const group of slotGroups(store, fromAt, toAt)) {
    for (; !due.done && due.value.slotAt < group.slotAt; due = expected.next()) holes(due.value, new Set(), count);
    const told = tell(group, kept?.sweptAt ?? Number.NEGATIVE_INFINITY, count);
    if (due.done || due.value.slotAt !== group.slotAt) continue;
    holes(due.value, told, count);
    due = expected.next();
  }
  for (; !due.done; due = expected.next()) holes(due.value, new Set(), count);
}

interface SlotGroup {
  readonly slotAt: Instant;
  readonly slots: readonly Slot[];
}

interface DueSlot {
  readonly slotAt: Instant;
  readonly placeIds: readonly string[];
}

function expectation(eras: readonly Era[], fromAt: Instant, toAt: Instant): Iterator<DueSlot, undefined> {
  return expectedSlots(eras, fromAt, toAt) as Iterator<DueSlot, undefined>;
}

function holes({ slotAt, placeIds }: DueSlot, told: ReadonlySet<string>, count: AuditCount): void {
  for (const placeId of placeIds)
    if (!told.has(placeId)) count.silentHoles.add(slotText(placeId, slotAt), 'It was expected and has no row.');
}

/** Counts one slot's rows; returns the places that it tells about. */
function tell({ slotAt, slots }: SlotGroup, sweptAt: Instant, count: AuditCount): ReadonlySet<string> {
  const told = new Set<string>();
  for (const { placeId, state } of slots) {
    const what = slotText(placeId, slotAt);
    if (told.has(placeId)) count.doubled.add(what, 'The slot has two rows.');
    told.add(placeId);
    if (!SLOT_STATES.includes(state)) count.contradictions.add(what, `Its state is ${String(state)}.`);
    else count.slots[state]++;
    if (state === 'pending' && slotAt < sweptAt)
      count.silentHoles.add(what, 'It is pending, and nobody will fill it any more.');
  }
  return told;
}

/** Rows of the ledger, one group per slot time, oldest first. */
async function* slotGroups(store: Store, from: Instant, to: Instant): AsyncGenerator<SlotGroup> {
  let slots: Slot[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['slots']['query']>> = await store.slots.query({
      from,
      to,
      limit: PAGE_SLOTS,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const slot of page.items) {
      const [first] = slots;
      if (first && first.slotAt !== slot.slotAt) {
        yield { slotAt: first.slotAt, slots };
        slots = [];
      }
      slots.push(slot);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  const [first] = slots;
  if (first) yield { slotAt: first.slotAt, slots };
}
