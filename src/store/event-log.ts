import type { Instant } from '../core/time.ts';

export const EVENT_LEVELS = ['info', 'warn', 'error'] as const;

export type EventLevel = (typeof EVENT_LEVELS)[number];

/** One thing that the program did or met: a poll, a correction, a record in quarantine, an alert, a delivery. */
export interface ProgramEvent {
  readonly at: Instant;
  /** `poll`, `process`, `forecast`, `watch`, …; the empty string for the program as a whole. */
  readonly stage: string;
  readonly level: EventLevel;
  /** One sentence, without secrets. */
  readonly message: string;
  /** An error code from the registry; `null` where nothing failed. */
  readonly code: string | null;
  readonly placeId: string | null;
  /** Flat facts beside the sentence, without secrets. */
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

export interface StoredEvent extends ProgramEvent {
  /** Ascends in the order of arrival; stable, so that a link to it opens the same row later. */
  readonly id: number;
}

export interface EventQuery {
  /** `[from, to)` of `at`. */
  readonly from: Instant;
  readonly to: Instant;
  readonly placeId?: string;
  readonly stage?: string;
  /** This level and worse. */
  readonly level?: EventLevel;
  /** Text that the sentence, the code or a fact (`name=value`) holds, in any case of its letters; 3 characters or more. */
  readonly text?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** One bar of the histogram: events of `[at, at + widthMs)` by level. */
export interface EventBucket {
  readonly at: Instant;
  readonly info: number;
  readonly warn: number;
  readonly error: number;
}

/**
 * What the program did, in a bounded table that people search. Not the truth about anything: rows, slots and positions
 * are. Losing its newest entries in a crash loses no data, so appends wait for no disk. It is no part of a backup.
 */
export interface EventLog {
  append(events: readonly ProgramEvent[]): Promise<void>;
  /**
   * A page, the newest arrival first. It looks at a bounded stretch: it may hold fewer than `limit` entries, even none, and still
   * have a `nextCursor`.
   *
   * @throws HarmattanError HMT_HTTP_BAD_PARAMETER for a cursor that is none of ours
   */
  query(query: EventQuery): Promise<{ readonly items: readonly StoredEvent[]; readonly nextCursor: string | null }>;
  /** At most `buckets` bars of equal width over the query's range, oldest first; empty ones are absent. `text` is ignored. */
  histogram(query: Omit<EventQuery, 'limit' | 'cursor' | 'text'>, buckets: number): Promise<readonly EventBucket[]>;
  /** Drops the oldest entries beyond the configured number. Returns how many went. */
  trim(): Promise<number>;
}
