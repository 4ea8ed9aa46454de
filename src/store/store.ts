import type { Instant } from '../core/time.ts';
import type { Position } from '../journal/journal.ts';
import type { Topic } from '../journal/topics.ts';
import type { Slot, SlotKey, SlotState } from '../ledger/ledger.ts';
import type { Observation, ObservationKey } from '../weather/observation.ts';
import type { Prediction, ProviderForecast } from '../weather/prediction.ts';
import type { Quantity } from '../weather/quantity.ts';
import type { DocumentStore } from './document-store.ts';
import type { EventLog } from './event-log.ts';
import type { Page } from './page.ts';
import type { QuotaStore } from './quota-store.ts';

/**
 * Where everything ends up: readings, forecasts, the ledger, quarantine, positions, quota, forecaster state. Every write
 * is idempotent by natural key. Methods throw HarmattanError HMT_STORE_FULL or HMT_STORE_UNAVAILABLE; writes that carry a
 * version throw HMT_STORE_CONFLICT, after which the caller reads again and reapplies.
 */
export interface Store {
  /** `live` or `simulated`; fixed when the folder is made. Simulated rows never enter a live store. */
  readonly nature: 'live' | 'simulated';
  readonly ingest: IngestStore;
  readonly observations: ObservationStore;
  readonly slots: SlotStore;
  readonly quarantine: QuarantineStore;
  readonly predictions: PredictionStore;
  readonly states: ForecasterStateStore;
  readonly feed: Feed;
  readonly quota: QuotaStore;
  readonly facts: FactStore;
  readonly documents: DocumentStore;
  readonly events: EventLog;
  /** Resolves once everything committed so far is on the disk: the journal must not forget earlier what it would bring back. */
  sync(): Promise<void>;
  /** A bounded step of dropping and thinning what is old at `now`. Returns how many rows it met: again until it is 0. */
  trim(now: Instant): Promise<number>;
  /** Writes a consistent copy of everything to one file while the program runs on. Reports progress in [0, 1]. */
  backup(file: string, onProgress?: (share: number) => void): Promise<void>;
  close(): Promise<void>;
}

/** A record, or one item of it, that could not be used (invariant 8). */
export interface QuarantineEntry {
  /** `<topic>/<partition>/<offset>/<item>`: stable under replay, so that quarantining twice gives one row. */
  readonly id: string;
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
  /** Index in the record's array; 0 for a record that is no array. */
  readonly item: number;
  readonly receivedAt: Instant;
  /** Error code from the registry. */
  readonly code: string;
  /** One sentence: what exactly is wrong. */
  readonly detail: string;
  /** The bytes as they came (the whole record, or the item's JSON), cut at the configured limit; secrets scrubbed. */
  readonly value: Uint8Array;
  /** Length before the cut. */
  readonly valueBytes: number;
  /** Known place and slot, for the ledger; `null` otherwise. */
  readonly placeId: string | null;
  readonly slotAt: Instant | null;
  readonly source: string | null;
}

/** An observation with where its bytes lie in the journal: the tie-breaker between two arrivals for one natural key. */
export interface Arrival {
  readonly observation: Observation;
  readonly partition: number;
  readonly offset: number;
  readonly item: number;
  /** How often its row was corrected already, where a whole row is carried over from another store. Absent: never. */
  readonly corrections?: number;
}

/** Everything one delivery of the journal leads to, committed as one. */
export interface IngestBatch {
  /** The journal these positions belong to, and the group that has reached them. */
  readonly journalId: string;
  readonly group: string;
  readonly positions: readonly Position[];
  readonly arrivals: readonly Arrival[];
  /** Slots as the ledger's transition left them; `version` is the new version, 1 for a slot not seen before. */
  readonly slots: readonly Slot[];
  readonly quarantined: readonly QuarantineEntry[];
  readonly providerForecasts: readonly ProviderForecast[];
  /** When the batch is committed: the time of its feed entry. */
  readonly at: Instant;
}

/** What became of a batch's observations. */
export interface IngestReceipt {
  readonly inserted: number;
  /** Same key, same values: nothing to do. */
  readonly duplicates: number;
  /** Same key, other values, later arrival: the row was replaced. */
  readonly corrections: number;
  /** Same key, other values, earlier arrival than the row's: left alone. */
  readonly superseded: number;
  readonly quarantined: number;
}

export interface IngestStore {
  /**
   * Commits a batch: rows, slots, quarantine, provider forecasts, one feed entry, and the positions, all or nothing on
   * SQLite; on MongoDB rows by natural key first and the positions last. Between two arrivals for one key the later
   * `(receivedAt, partition, offset, item)` wins, so any replay ends in the same rows. Bumps `corrections` on the row.
   *
   * @throws HarmattanError HMT_STORE_CONFLICT when a slot's stored version is not `version - 1`
   */
  commit(batch: IngestBatch): Promise<IngestReceipt>;
  /** Positions a group has committed for this journal; empty when it never has. */
  positions(journalId: string, group: string): Promise<readonly Position[]>;
}

/** `[from, to)` of valid time at one place. */
export interface ObservationQuery {
  readonly placeId?: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly limit: number;
  readonly cursor?: string;
  /** `reading`: only the preferred source's row for each (place, validAt). `all`: every source's. */
  readonly which: 'reading' | 'all';
  /** `desc` is newest first; default `asc`. */
  readonly order?: 'asc' | 'desc';
}

/** A stored observation with how often it was corrected. */
export interface StoredObservation extends Observation {
  readonly corrections: number;
}

/** One bucket of history: `[at, at + widthMs)`. */
export interface HistoryBucket {
  readonly at: Instant;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly count: number;
}

export interface ObservationStore {
  /** One page, in order of validAt, then placeId, then source preference. */
  query(query: ObservationQuery): Promise<Page<StoredObservation>>;
  /** Every row of `[from, to)` without holding them in memory, oldest first. */
  stream(query: Omit<ObservationQuery, 'limit' | 'cursor' | 'order'>): AsyncIterable<StoredObservation>;
  get(key: ObservationKey): Promise<StoredObservation | null>;
  /** The place's newest reading (highest validAt, then source preference) per place; places without one are absent. */
  latest(placeIds: readonly string[]): Promise<ReadonlyMap<string, StoredObservation>>;
  /** At most `points` buckets of equal width over `[from, to)`; empty buckets are absent. Preferred readings only. */
  history(
    placeId: string,
    quantity: Quantity,
    from: Instant,
    to: Instant,
    points: number,
  ): Promise<readonly HistoryBucket[]>;
  /** Number of rows, and the span of their valid times; `null` when there is none. */
  extent(): Promise<{ readonly count: number; readonly from: Instant; readonly to: Instant } | null>;
}

export interface SlotQuery {
  /** Slot time, `[from, to)`. */
  readonly from: Instant;
  readonly to: Instant;
  readonly placeId?: string;
  readonly states?: readonly SlotState[];
  readonly limit: number;
  readonly cursor?: string;
}

export interface SlotStore {
  /** The rows of these keys, in the same order; `null` where there is none. */
  get(keys: readonly SlotKey[]): Promise<readonly (Slot | null)[]>;
  /** Writes slots by compare-and-set outside a batch (opening, giving up). @throws HMT_STORE_CONFLICT, nothing written */
  put(slots: readonly Slot[]): Promise<void>;
  /** Inserts pending slots; those that exist already are left as they are. Returns how many were new. */
  open(keys: readonly SlotKey[]): Promise<number>;
  /** A page in order of slotAt, then placeId. */
  query(query: SlotQuery): Promise<Page<Slot>>;
  /** How many slots of `[from, to)` are in each state, optionally of one place. */
  count(from: Instant, to: Instant, placeId?: string): Promise<Readonly<Record<SlotState, number>>>;
  /** First and last slot in the ledger; `null` when it is empty. */
  extent(): Promise<{ readonly from: Instant; readonly to: Instant } | null>;
}

export interface QuarantineQuery {
  readonly code?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export interface QuarantineStore {
  query(query: QuarantineQuery): Promise<Page<QuarantineEntry>>;
  get(id: string): Promise<QuarantineEntry | null>;
  /** Removes entries whose bytes were replayed into the journal. */
  remove(ids: readonly string[]): Promise<number>;
  /** Entries per code. */
  count(): Promise<Readonly<Record<string, number>>>;
}

export interface PredictionStore {
  /** All leads of the newest issue at or before `asOf` (default: the newest). */
  newest(placeId: string, asOf?: Instant): Promise<Prediction | null>;
  get(placeId: string, issuedAt: Instant): Promise<Prediction | null>;
  /** Kept issues of a place with issuedAt in `[from, to)`, oldest first, those of one instant by the model's name. */
  issues(placeId: string, from: Instant, to: Instant): AsyncIterable<Prediction>;
  /** The newest provider forecast of each source whose run had been issued and first received by `asOf`. */
  providerForecasts(placeId: string, asOf?: Instant): Promise<readonly ProviderForecast[]>;
  /** Every kept provider forecast of a place issued in `[from, to)`, oldest first. */
  providerIssues(placeId: string, from: Instant, to: Instant): AsyncIterable<ProviderForecast>;
}

/** The forecaster's memory of one (place, source). */
export interface ForecasterState {
  readonly placeId: string;
  readonly source: string;
  /** Model that wrote it: another model starts anew. */
  readonly model: string;
  readonly bytes: Uint8Array;
  readonly version: number;
}

export interface ForecasterStateStore {
  get(placeId: string, source: string): Promise<ForecasterState | null>;
  /**
   * Saves states, the forecasts issued from them and the feed position reached, as one. `version` of each state is the
   * new version. Predictions: the newest issue of a place is always kept, past ones one per hour.
   *
   * @throws HarmattanError HMT_STORE_CONFLICT when a stored version is not `version - 1`
   */
  commit(
    states: readonly ForecasterState[],
    predictions: readonly Prediction[],
    feed: { readonly group: string; readonly position: string },
    at: Instant,
  ): Promise<void>;
  /** The feed position a group has saved; `null` before its first commit. */
  position(group: string): Promise<string | null>;
}

/** Key of the fact (an Instant) before which retention removed rows on purpose; no fact: it removed nothing yet. */
export const REMOVED_BEFORE_FACT = 'store/removedBefore';

/**
 * What changed, for the forecast stage and for live pages. `since` is present when a batch with over 1,000 changed
 * readings lists each place and source once: every row of theirs that it changed has validAt in [since, key.validAt].
 */
export type FeedItem =
  | Readonly<{ kind: 'observation'; key: ObservationKey; correction: boolean; since?: Instant }>
  | Readonly<{ kind: 'forecast'; placeId: string; issuedAt: Instant }>
  | Readonly<{ kind: 'slot'; key: SlotKey; state: SlotState }>;

export interface FeedEntry {
  /** Resume after this entry: also the `id:` of server-sent events. Opaque, of ASCII letters, digits, `-` and `.`. */
  readonly position: string;
  readonly at: Instant;
  readonly item: FeedItem;
}

/** The bounded, ordered list of the store's newest changes. */
export interface Feed {
  /**
   * Entries after `position` (`null`: from the oldest kept), at most `limit`. `gap`: entries after it (after `null`: any)
   * were dropped already, or this store never gave it; the reader must read the store itself to catch up.
   */
  read(
    position: string | null,
    limit: number,
  ): Promise<{ readonly entries: readonly FeedEntry[]; readonly gap: boolean }>;
  head(): Promise<string | null>;
  /** How many entries lie after `position`, and the age basis: when the oldest of them was written. */
  lag(position: string | null): Promise<{ readonly entries: number; readonly oldestAt: Instant | null }>;
  /** Resolves when there may be entries after `position`, or when `signal` aborts. May resolve without cause. */
  wait(position: string | null, signal: AbortSignal): Promise<void>;
}

/** Small named facts (the plan, last successes, the demo's notice): JSON values by key. */
export interface FactStore {
  get<T>(key: string): Promise<T | null>;
  set(key: string, value: unknown): Promise<void>;
  /** Keys that start with `prefix`, with their values. */
  list<T>(prefix: string): Promise<ReadonlyMap<string, T>>;
}
