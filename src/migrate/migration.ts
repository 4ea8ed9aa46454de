import type { Instant } from '../core/time.ts';
import type { Store } from '../store/store.ts';

/** What is carried from one store to another, in this order. */
export const CARRIED = [
  'observations',
  'slots',
  'quarantine',
  'providerForecasts',
  'predictions',
  'documents',
  'facts',
] as const;
export type Carried = (typeof CARRIED)[number];

/** How many rows of one kind were read, and how many of them the target did not have. */
export interface CarryCount {
  read: number;
  written: number;
}
export type CarryCounts = Readonly<Record<Carried, CarryCount>>;

/** A group of consumers whose positions go along, so that the target is not sent the whole journal again. */
export interface CarriedGroup {
  readonly journalId: string;
  readonly group: string;
}

export interface MigrationInput {
  readonly from: Store;
  readonly to: Store;
  /** Places whose forecasts are carried; readings and slots are carried of every place that the store knows. */
  readonly placeIds: readonly string[];
  /** Collections of documents that are carried. */
  readonly collections: readonly string[];
  readonly groups: readonly CarriedGroup[];
  readonly now: () => Instant;
  /** Share of all readings that are through, in [0, 1]; `null` where the end is not known. */
  readonly onProgress: (share: number | null, note: string) => void;
  /** Ends the work between two batches; the next run goes on where this one was. */
  readonly signal: AbortSignal;
}

/** Rows that one commit holds. */
export const BATCH_ROWS = 1_000;
/** Every instant that a row may have. */
export const ALL_TIME = { from: Date.UTC(1900, 0, 1), to: Date.UTC(10_000, 0, 1) } as const;

/** Splits what comes into arrays of `size`. */
export async function* inBatches<Row>(rows: AsyncIterable<Row>, size: number): AsyncGenerator<Row[]> {
  let batch: Row[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Every row of a paged query, in its order. */
export async function* everyPage<Row>(
  page: (cursor: {
    readonly cursor?: string;
  }) => Promise<{ readonly items: readonly Row[]; nextCursor: string | null }>,
): AsyncGenerator<Row> {
  for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
    const found: { readonly items: readonly Row[]; nextCursor: string | null } = await page(
      cursor === null ? {} : { cursor },
    );
    yield* found.items;
    cursor = found.nextCursor;
  }
}
