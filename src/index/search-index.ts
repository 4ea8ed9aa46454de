import type { Instant } from '../core/time.ts';

/** One record as the search engine keeps it. */
export interface IndexDocument {
  /** `placeId/validAt/source`, the natural key: the same reading indexed twice is one document. */
  readonly id: string;
  /** Of two documents with one id and other values the one that arrived later stays. */
  readonly receivedAt: Instant;
  /** Of what was measured, without arrival and slot: the same again leaves the first arrival as it is. */
  readonly hash: string;
  /** Decides the index of its period, where there is one per day or month: the same at every replay. */
  readonly validAt: Instant;
  /** The fields: one JSON object. */
  readonly json: string;
}

/** A document that the engine will never take as it is. */
export interface RefusedDocument {
  /** Index in what was written. */
  readonly item: number;
  /** The engine's reason, in one sentence. */
  readonly reason: string;
}

/** What became of one `write`. */
export interface WriteReceipt {
  /** New, or written over other values that arrived earlier or at the same instant. */
  readonly indexed: number;
  /** The same values, or a later arrival, are there already: left alone. */
  readonly kept: number;
  readonly refused: readonly RefusedDocument[];
  /** Documents sent again because the engine was busy, each time counted. */
  readonly retried: number;
}

/**
 * A search engine that keeps a copy of every reading for people who look with its own tools. A copy: the truth is the
 * store, and everything here can be written again from it. Writes are idempotent by id and may be repeated in any order.
 *
 * Every method throws HarmattanError HMT_INDEX_UNREACHABLE, HMT_INDEX_TIMEOUT, HMT_INDEX_BUSY, HMT_INDEX_BLOCKED,
 * HMT_INDEX_CREDENTIALS, HMT_INDEX_NOT_AN_ENGINE or HMT_INDEX_REFUSED; after any of them the same call may be made again.
 */
export interface SearchIndex {
  /**
   * Makes or renews the index template, and brings an index that exists up to its mappings. To be called before the
   * first `write` and again after a failure. Throws HMT_INDEX_MAPPING as well: the index holds other types of fields.
   */
  prepare(signal: AbortSignal): Promise<void>;
  /**
   * Writes all documents. What the engine is too busy for is sent again, each document by itself, with back-off; resolves
   * once every one is in, kept as it was or refused. Throws HMT_INDEX_BUSY when some were still waiting after the last try.
   */
  write(documents: readonly IndexDocument[], signal: AbortSignal): Promise<WriteReceipt>;
  /** Drops what retention no longer keeps at `now`; resolves to how many documents or whole indices went. */
  trim(now: Instant, signal: AbortSignal): Promise<number>;
  /** One sentence about the engine that answers: its name and version, and the index. */
  describe(signal: AbortSignal): Promise<string>;
}
