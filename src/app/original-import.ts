import { type Clock, DAY_MS, type Instant } from '../core/time.ts';
import { BATCH_ROWS, inBatches } from '../migrate/migration.ts';
import { originalRecord } from '../migrate/original-record.ts';
import { placeFinder } from '../process/place-finder.ts';
import { type DecodedReading, type RefusedItem, readRecord } from '../process/read-record.ts';
import type { MongodbOptions } from '../store/mongodb/config.ts';
import type { OriginalDatabase, OriginalDocument } from '../store/mongodb/original-documents.ts';
import type { Arrival, Store } from '../store/store.ts';
import type { Place } from '../weather/place.ts';

/** What came of the original's collection `weather`. */
export interface OriginalReport {
  readonly documents: number;
  /** Rows that are new or corrected in the target. */
  readonly written: number;
  /** Documents of a (region, timestamp) that the target had already, most of them doubled by the original itself. */
  readonly merged: number;
  readonly refused: number;
  /** The first of them, with the reason. */
  readonly firstRefused: readonly string[];
  /** Readings of the source that the target does not have at the end. */
  readonly absent: number;
}

interface ImportInput {
  readonly original: OriginalDatabase;
  readonly to: Store;
  readonly places: readonly Place[];
  readonly clock: Clock;
  readonly onProgress: (share: number | null, note: string) => void;
  readonly signal: AbortSignal;
}

const SHOWN = 10;

/** The database when the original system left it; `null` when it is one of ours. */
export async function openOriginal(options: MongodbOptions): Promise<OriginalDatabase | null> {
  // Only who uses the database pays for its client, in time and in memory.
  const { originalDatabase } = await import('../store/mongodb/original-documents.ts');
  const database = await originalDatabase(options);
  if (database.isOriginal) return database;
  await database.close();
  return null;
}

/**
 * Reads every document of the original's `weather` as the record it once was and stores it under the source
 * `openweathermap`; what stands twice for one (region, timestamp) is one row, of which the later document wins. Its
 * `predictions` were kept without their time of issue and are left behind.
 */
export async function importOriginal(input: ImportInput): Promise<OriginalReport> {
  const { original, to, clock, onProgress, signal } = input;
  const total = await original.count();
  const counts = { documents: 0, written: 0, merged: 0, refused: 0 };
  const firstRefused: string[] = [];
  for await (const batch of inBatches(readingsOf(input), BATCH_ROWS)) {
    const arrivals: Arrival[] = [];
    for (const one of batch) {
      if (one.ok) arrivals.push(one.arrival);
      else if (counts.refused++ < SHOWN) firstRefused.push(`${one.code}: ${one.detail}`);
    }
    const receipt = await to.ingest.commit({
      journalId: 'migrate',
      group: 'migrate',
      positions: [],
      arrivals,
      slots: [],
      quarantined: [],
      providerForecasts: [],
      at: clock.now(),
    });
    counts.documents += batch.length;
    counts.written += receipt.inserted + receipt.corrections;
    counts.merged += receipt.duplicates + receipt.superseded;
    onProgress(Math.min(1, counts.documents / Math.max(1, total)), `${counts.documents} documents`);
    if (signal.aborted) break;
  }
  return { ...counts, firstRefused, absent: await absentOf(input) };
}

/** Readings of the source without a row in the target. */
async function absentOf(input: ImportInput): Promise<number> {
  let absent = 0;
  for await (const one of readingsOf(input)) {
    if (!one.ok) continue;
    const { placeId, validAt, source } = one.arrival.observation;
    if ((await input.to.observations.get({ placeId, validAt, source })) === null) absent++;
  }
  return absent;
}

async function* readingsOf({ original, places, clock }: ImportInput): AsyncGenerator<DecodedReading | RefusedItem> {
  const rules = { findPlace: placeFinder(places), futureToleranceMs: DAY_MS, slotOf: () => null };
  let offset = 0;
  for await (const document of original.documents()) {
    const record = originalRecord(document.fields);
    yield readRecord(record, recordAt(document, offset++, clock.now()), 0, rules);
  }
}

/** Where a document lies decides between two of one key; that is stable, so that a second run changes nothing. */
const recordAt = ({ insertedAt }: OriginalDocument, offset: number, now: Instant) => ({
  topic: 'observations' as const,
  partition: 0,
  offset,
  appendedAt: insertedAt ?? now,
  key: null,
  headers: {},
  value: new Uint8Array(),
});
