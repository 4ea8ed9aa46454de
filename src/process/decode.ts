import type { Instant } from '../core/time.ts';
import type { JournalRecord } from '../journal/journal.ts';
import type { QuarantineEntry } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import { parseRecord, type Refusal } from './parse.ts';
import { placeFinder } from './place-finder.ts';
import { quarantineEntry } from './quarantine-entry.ts';
import { type DecodedReading, type ReadingRules, type RefusedItem, readRecord } from './read-record.ts';

/** All that one record of the `observations` topic held; together never empty, so that no record vanishes. */
export interface DecodedRecord {
  readonly readings: readonly DecodedReading[];
  readonly quarantined: readonly QuarantineEntry[];
}

export interface DecodeOptions {
  readonly places: readonly Place[];
  readonly futureToleranceMs: number;
  readonly maxDepth: number;
  readonly quarantineBytes: number;
  /** The slot a reading falls in when nobody of ours asked for it; absent where no foreign arrivals are expected. */
  readonly slotOf?: ((validAt: Instant) => Instant | null) | undefined;
}

export type ObservationDecoder = (record: JournalRecord) => DecodedRecord;

/**
 * Items of one record that are quarantined one by one. A record with more bad ones gets a single entry with all of its
 * bytes instead: ten megabytes of commas must not become millions of rows.
 */
const SINGLE_ENTRIES = 100;

const NO_READINGS: readonly DecodedReading[] = [];
const NO_ENTRIES: readonly QuarantineEntry[] = [];

/**
 * Makes the decoder of the `observations` topic: a JSON array of any length or one object, from any producer. It never
 * throws; what it makes of a record depends on the record, the places and the options alone. A bad item is quarantined
 * by itself; bytes that are not JSON, and an array without an item, as a whole.
 */
export function observationDecoder(options: DecodeOptions): ObservationDecoder {
  const rules: ReadingRules = {
    findPlace: placeFinder(options.places),
    futureToleranceMs: options.futureToleranceMs,
    slotOf: options.slotOf ?? (() => null),
  };
  const { maxDepth, quarantineBytes } = options;

  const refused = (record: JournalRecord, refusal: Refusal | RefusedItem): DecodedRecord => ({
    readings: NO_READINGS,
    quarantined: [quarantineEntry(record, 0, refusal, record.value, quarantineBytes)],
  });

  const single = (record: JournalRecord, value: unknown): DecodedRecord => {
    const read = readRecord(value, record, 0, rules);
    return read.ok ? { readings: [read], quarantined: NO_ENTRIES } : refused(record, read);
  };

  return (record) => {
    const parsed = parseRecord(record.value, maxDepth);
    if (!parsed.ok) return refused(record, parsed);
    const { value } = parsed;
    if (!Array.isArray(value)) return single(record, value);
    if (value.length === 1) return single(record, value[0]);
    if (value.length === 0) return refused(record, { code: 'HMT_PROCESS_SHAPE', detail: 'The array is empty.' });
    return several(record, value, rules, quarantineBytes);
  };
}

function several(
  record: JournalRecord,
  values: readonly unknown[],
  rules: ReadingRules,
  quarantineBytes: number,
): DecodedRecord {
  const readings: DecodedReading[] = [];
  const quarantined: QuarantineEntry[] = [];
  for (const [item, value] of values.entries()) {
    const read = readRecord(value, record, item, rules);
    if (read.ok) readings.push(read);
    else if (quarantined.length <= SINGLE_ENTRIES)
      quarantined.push(quarantineEntry(record, item, read, Buffer.from(JSON.stringify(value)), quarantineBytes));
  }
  if (quarantined.length <= SINGLE_ENTRIES) return { readings, quarantined };
  return { readings, quarantined: [collapsed(record, quarantined, quarantineBytes)] };
}

/** One entry for a record with too many bad items: under the first one's number and code, with all bytes. */
function collapsed(record: JournalRecord, entries: readonly QuarantineEntry[], limit: number): QuarantineEntry {
  const [first] = entries;
  const code = (first?.code ?? 'HMT_PROCESS_SHAPE') as Refusal['code'];
  const detail = `More than ${SINGLE_ENTRIES} of its items cannot be used. The first: ${first?.detail ?? ''}`;
  return quarantineEntry(record, first?.item ?? 0, { code, detail }, record.value, limit);
}
