import type { Page } from './page.ts';

/** A JSON value under (collection, key), with the number of times it was written: 1 for a new one. */
export interface StoredDocument<T = unknown> {
  readonly key: string;
  readonly version: number;
  readonly value: T;
}

/**
 * One document of a commit. With a `version` it is written by compare-and-set: that is the new version, the stored one
 * must be `version - 1` (1: there must be none), and a `value` of `null` removes it. Without one it is written only where
 * there is none; what is there already stays as it is, without an error.
 */
export interface DocumentChange {
  readonly collection: string;
  readonly key: string;
  /** JSON; `null` removes. */
  readonly value: unknown;
  readonly version: number | null;
}

/** `[from, to)` of keys in one collection, in the order of their UTF-16 code units; both ends default to everything. */
export interface DocumentQuery {
  readonly from?: string;
  readonly to?: string;
  /** `desc` is the highest key first; default `asc`. */
  readonly order?: 'asc' | 'desc';
  readonly limit: number;
  readonly cursor?: string;
}

/**
 * Small versioned JSON documents by (collection, key), for parts that keep records of their own. Collections and keys are
 * of ASCII letters, digits and `-_.:/@+`; a key that shall sort by time begins with digits of fixed width.
 */
export interface DocumentStore {
  get<T>(collection: string, key: string): Promise<StoredDocument<T> | null>;
  list<T>(collection: string, query: DocumentQuery): Promise<Page<StoredDocument<T>>>;
  /**
   * Writes all changes or none on SQLite; on MongoDB in their order, one at a time, up to the first that conflicts. A
   * commit of several documents must therefore be safe to repeat after a cut in the middle: first what may stand twice
   * (no version), last the one document by whose version everybody sees that it was done.
   *
   * @throws HarmattanError HMT_STORE_CONFLICT when a stored version is not `version - 1`
   */
  commit(changes: readonly DocumentChange[]): Promise<void>;
  /** Removes at most `limit` documents with keys below `before`, the lowest first. Returns how many. */
  drop(collection: string, before: string, limit: number): Promise<number>;
}
