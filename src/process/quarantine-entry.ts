import type { Instant } from '../core/time.ts';
import type { JournalRecord } from '../journal/journal.ts';
import type { QuarantineEntry } from '../store/store.ts';
import type { Refusal } from './parse.ts';

/** What is known about the place, slot and source of a refused item. */
interface Whereabouts {
  readonly placeId?: string | null;
  readonly slotAt?: Instant | null;
  readonly source?: string | null;
}

/** Identity of one item of one journal record, the same at every replay. */
export const quarantineId = (record: Pick<JournalRecord, 'topic' | 'partition' | 'offset'>, item: number): string =>
  `${record.topic}/${record.partition}/${record.offset}/${item}`;

/** The quarantine's row for one item of a record; `value` is cut at `limitBytes` and copied, so that it holds no batch. */
export function quarantineEntry(
  record: JournalRecord,
  item: number,
  refusal: Refusal & Whereabouts,
  value: Uint8Array,
  limitBytes: number,
): QuarantineEntry {
  return {
    id: quarantineId(record, item),
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    item,
    receivedAt: record.appendedAt,
    code: refusal.code,
    detail: refusal.detail,
    value: value.slice(0, limitBytes),
    valueBytes: value.byteLength,
    placeId: refusal.placeId ?? null,
    slotAt: refusal.slotAt ?? null,
    source: refusal.source ?? null,
  };
}
