import type { Instant } from '../core/time.ts';
import type { JournalRecord } from '../journal/journal.ts';
import type { Arrival, QuarantineEntry } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import { parseRecord, type Refusal } from './parse.ts';
import { type PlaceFinder, placeFinder } from './place-finder.ts';
import { quarantineEntry } from './quarantine-entry.ts';
import { type ReadingRules, readRecord } from './read-record.ts';

/** One reading that a record held. */
export interface DecodedReading {
  readonly arrival: Arrival;
  readonly place: Place;
  /** An old reading given as the answer to its slot. */
  readonly stale: boolean;
  /** Asked for after its slot, to fill a hole. */
  readonly backfill: boolean;
}

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
    findPlace: placeFinder(options.places) satisfies PlaceFinder,
    futureToleranceMs: options.futureToleranceMs,
    slotOf: options.slotOf ?? (() => null),
  };
  const { maxDepth, quarantineBytes } = options;

  const wholeRecord = (record: JournalRecord, refusal: Refusal): DecodedRecord => ({
    readings: NO_READINGS,
    quarantined: [quarantineEntry(record, 0, refusal, record.value, quarantineBytes)],
  });

  return (record) => {
    const parsed = parseRecord(record.value, maxDepth);
    if (!parsed.ok) return wholeRecord(record, parsed);
    const items: readonly unknown[] = Array.isArray(parsed.value) ? parsed.value : [parsed.value];
    if (items.length === 0) return wholeRecord(record, { code: 'HMT_PROCESS_SHAPE', detail: 'The array is empty.' });

    const readings: DecodedReading[] = [];
    let quarantined: QuarantineEntry[] | null = null;
    for (let index = 0; index < items.length; index++) {
      const read = readRecord(items[index], record.appendedAt, rules);
      if (read.ok) {
        const { observation, place, stale, backfill } = read;
        const arrival = { observation, partition: record.partition, offset: record.offset, item: index };
        readings.push({ arrival, place, stale, backfill });
        continue;
      }
      quarantined ??= [];
      if (quarantined.length > SINGLE_ENTRIES) continue;
      const bytes = items.length === 1 ? record.value : Buffer.from(JSON.stringify(items[index]));
      quarantined.push(quarantineEntry(record, index, read, bytes, quarantineBytes));
    }
    if (quarantined !== null && quarantined.length > SINGLE_ENTRIES)
      quarantined = [collapsed(record, quarantined, quarantineBytes)];
    return { readings, quarantined: quarantined ?? NO_ENTRIES };
  };
}

/** One entry for a record with too many bad items: under the first one's number and code, with all bytes. */
function collapsed(record: JournalRecord, entries: readonly QuarantineEntry[], limit: number): QuarantineEntry {
  const [first] = entries;
  const code = (first?.code ?? 'HMT_PROCESS_SHAPE') as Refusal['code'];
  const detail = `More than ${SINGLE_ENTRIES} of its items cannot be used. The first: ${first?.detail ?? ''}`;
  return quarantineEntry(record, first?.item ?? 0, { code, detail }, record.value, limit);
}
