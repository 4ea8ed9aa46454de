import { DAY_MS, floorTo, type Instant, toRfc3339 } from '../../core/time.ts';
import { SLOT_STATES, type Slot, type SlotKey, type SlotState } from '../../ledger/ledger.ts';
import type { SlotsRow } from './collections.ts';

/** The slots of one place on one day (UTC), which lie in one document. */
export interface SlotDay {
  readonly placeId: string;
  readonly dayAt: Instant;
  /** Counts the writes of the document; 0: it is not there. */
  readonly revision: number;
  readonly slots: ReadonlyMap<Instant, Slot>;
}

export const dayOf = (slotAt: Instant): Instant => floorTo(slotAt, DAY_MS);

/** `2026-07-22/dakar`: ids ascend with the day. */
export const slotDayId = (placeId: string, slotAt: Instant): string =>
  `${toRfc3339(dayOf(slotAt)).slice(0, 10)}/${placeId}`;

export const emptyDay = ({ placeId, slotAt }: SlotKey): SlotDay => ({
  placeId,
  dayAt: dayOf(slotAt),
  revision: 0,
  slots: new Map(),
});

type PackedSlot = [
  slotAt: Instant,
  state: number,
  version: number,
  arrivedAt: Instant | null,
  validAt: Instant | null,
  source: string | null,
  reason: string | null,
  detail: string | null,
];

/** The document of a day at its next revision. */
export function packDay({ placeId, dayAt, revision, slots }: SlotDay): SlotsRow {
  const packed = [...slots.values()]
    .sort((one, other) => one.slotAt - other.slotAt)
    .map(({ slotAt, state, version, arrivedAt, validAt, source, reason, detail }): PackedSlot => {
      return [slotAt, SLOT_STATES.indexOf(state), version, arrivedAt, validAt, source, reason, detail];
    });
  return { _id: slotDayId(placeId, dayAt), placeId, dayAt, revision: revision + 1, slots: JSON.stringify(packed) };
}

export function unpackDay({ placeId, dayAt, revision, slots: text }: SlotsRow): SlotDay {
  const slots = new Map<Instant, Slot>();
  for (const packed of JSON.parse(text) as PackedSlot[]) {
    const [slotAt, state, version, arrivedAt, validAt, source, reason, detail] = packed;
    const name = SLOT_STATES[state] as SlotState;
    slots.set(slotAt, { placeId, slotAt, state: name, reason, detail, arrivedAt, validAt, source, version });
  }
  return { placeId, dayAt, revision, slots };
}
