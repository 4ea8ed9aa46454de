import type { Clock, Instant } from '../core/time.ts';
import type { Store } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import { documentOf } from './document.ts';
import type { IndexDocument, SearchIndex, WriteReceipt } from './search-index.ts';

export interface ReindexInput {
  readonly store: Store;
  readonly places: readonly Place[];
  readonly index: SearchIndex;
  readonly clock: Clock;
  /** Valid time, `[from, to)`. */
  readonly from: Instant;
  readonly to: Instant;
  /** Documents in one request. */
  readonly batch: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (rows: number) => void;
}

/** What a run over the store did. */
export interface ReindexReport {
  readonly rows: number;
  readonly indexed: number;
  /** The index has the same values or a later arrival already. */
  readonly kept: number;
  readonly refused: number;
  /** Rows of places that are no longer configured: nothing says where they lie. */
  readonly unknownPlace: number;
}

/**
 * Indexes what the store holds, oldest first: for records that the journal dropped before they were indexed, and for a
 * new or emptied index. Beside a running index stage both write the same documents under the same ids.
 *
 * @throws HarmattanError of the store or the index; a second run begins again and changes nothing that is there
 */
export async function reindex(input: ReindexInput): Promise<ReindexReport> {
  const { store, index, clock, from, to, batch, signal } = input;
  const byId = new Map(input.places.map((place) => [place.id, place]));
  const report = { rows: 0, indexed: 0, kept: 0, refused: 0, unknownPlace: 0 };
  const add = ({ indexed, kept, refused }: WriteReceipt) => {
    report.indexed += indexed;
    report.kept += kept;
    report.refused += refused.length;
    input.onProgress?.(report.rows);
  };
  await index.prepare(signal);
  let documents: IndexDocument[] = [];
  for await (const row of store.observations.stream({ from, to, which: 'all' })) {
    if (signal.aborted) break;
    report.rows++;
    const place = byId.get(row.placeId);
    if (place) documents.push(documentOf(row, place, clock.now()));
    else report.unknownPlace++;
    if (documents.length < batch) continue;
    add(await index.write(documents, signal));
    documents = [];
  }
  if (documents.length > 0) add(await index.write(documents, signal));
  return report;
}
