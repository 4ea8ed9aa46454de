import type { SlotState } from '../ledger/ledger.ts';
import type { SlotStore, Store, StoredObservation } from '../store/store.ts';
import type { AuditCount } from './report.ts';
import { keyText } from './row-lookup.ts';

/** States that a slot cannot have once a reading for it is in the store. */
const UNANSWERED: readonly (SlotState | null)[] = [null, 'pending', 'missing', 'quarantined'];

const CHUNK_ROWS = 1000;

/** Reads every row: no natural key is there twice, and no reading was stored without its slot being told. */
export async function auditRows(store: Store, count: AuditCount): Promise<void> {
  const slots = await store.slots.extent();
  let before = '';
  let asked: StoredObservation[] = [];
  const every = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER, which: 'all' } as const;
  for await (const row of store.observations.stream(every)) {
    count.rows++;
    const key = keyText(row);
    if (key === before) count.doubled.add(key, 'It has two rows.');
    before = key;
    // Slots before the ledger's first were removed by retention.
    if (row.slotAt !== null && slots !== null && row.slotAt >= slots.from) asked.push(row);
    if (asked.length < CHUNK_ROWS) continue;
    await auditAnswers(store.slots, asked, count);
    asked = [];
  }
  await auditAnswers(store.slots, asked, count);
}

async function auditAnswers(slots: SlotStore, rows: readonly StoredObservation[], count: AuditCount): Promise<void> {
  const keys = rows.flatMap(({ placeId, slotAt }) => (slotAt === null ? [] : [{ placeId, slotAt }]));
  const states = (await slots.get(keys)).map((slot) => slot?.state ?? null);
  for (const [index, state] of states.entries()) {
    const row = rows[index];
    if (row && UNANSWERED.includes(state))
      count.contradictions.add(keyText(row), `Its reading is stored; its slot is ${state ?? 'not in the ledger'}.`);
  }
}
