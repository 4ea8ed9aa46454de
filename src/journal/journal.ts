import type { Instant } from '../core/time.ts';
import type { Topic } from './topics.ts';

/** What is appended. */
export interface JournalMessage {
  /** Partition key: the place's id. `null` for foreign messages that name none. */
  readonly key: string | null;
  /** CloudEvents attributes and others; empty for raw messages. */
  readonly headers: Readonly<Record<string, string>>;
  /** Any bytes. */
  readonly value: Uint8Array;
}

/** One record as it lies in the journal. `(topic, partition, offset)` identifies it for ever. */
export interface JournalRecord extends JournalMessage {
  readonly topic: Topic;
  readonly partition: number;
  /** Ascends within a partition; gaps are possible. */
  readonly offset: number;
  readonly appendedAt: Instant;
}

/** The next offset to read in a partition. */
export interface Position {
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
}

/**
 * Records handed out together. The reader makes their effects durable together with `positions` (invariant 1), then
 * acknowledges. An unacknowledged delivery is handed out again to the next consumer of the group, not to this one.
 */
export interface Delivery {
  /** At least one record; ascending offsets within each partition. */
  readonly records: readonly JournalRecord[];
  /** Where to go on after these records: what the store commits with their rows. */
  readonly positions: readonly Position[];
  /** Tells the journal that it need not keep these records for this group. A hint for retention and lag, not the truth: the truth is in the store. */
  ack(): Promise<void>;
}

export interface ConsumeOptions {
  readonly topics: readonly Topic[];
  /** Consumers of one group share the work; groups are independent of each other. */
  readonly group: string;
  /** Unread records of an essential group are never dropped by retention; an optional one holds them back for a bounded time. */
  readonly essential: boolean;
  /** Asked when partitions are assigned: the store's positions. A partition without one is read from its first record. */
  startFrom(): Promise<readonly Position[]>;
  /** Limits of one delivery; a single record larger than `maxBytes` still comes, alone. */
  readonly maxRecords: number;
  readonly maxBytes: number;
}

export interface Consumer {
  /** The next records, or `null` when there is nothing to read at this moment. Records that were handed out already do not come again. */
  read(): Promise<Delivery | null>;
  /** Resolves when a `read` may find something, or when `signal` aborts. May resolve without cause. */
  wait(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** How far a group is. */
export interface ConsumerStatus {
  readonly group: string;
  readonly topic: Topic;
  readonly essential: boolean;
  readonly lagMessages: number;
  /** Age of the oldest unread record; 0 when there is none. */
  readonly lagMs: number;
  /** Records that retention dropped before this optional group had read them. */
  readonly lostRecords: number;
  readonly lastAckAt: Instant | null;
}

/** Partitions of one topic that a group's consumers in this process read. */
export interface Holding {
  readonly group: string;
  readonly topic: Topic;
  readonly partitions: readonly number[];
}

export interface BrowseOptions {
  readonly topic: Topic;
  /** Append time, `[from, to)`. */
  readonly from?: Instant;
  readonly to?: Instant;
  readonly key?: string;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  readonly limit: number;
}

/**
 * The durable log of everything that arrives. Bytes in, bytes out: it judges nothing.
 *
 * Not responsible for: decoding, dedupe, the truth about consumers' positions.
 */
export interface Journal {
  /** Identity of this journal: positions in the store are only valid for the journal with the same id. */
  readonly id: string;
  /** Longest accepted value, at least 10 MB. */
  readonly maxRecordBytes: number;
  /**
   * Appends all messages or none, and resolves once the disk (or the brokers) has them. Order is kept within a key.
   *
   * @throws HarmattanError HMT_JOURNAL_FULL, HMT_JOURNAL_UNAVAILABLE, HMT_JOURNAL_TOO_LARGE: nothing was appended
   */
  append(topic: Topic, messages: readonly JournalMessage[]): Promise<void>;
  consume(options: ConsumeOptions): Promise<Consumer>;
  /**
   * Pages through a topic for people to read, oldest first. A page looks at a bounded stretch: it may hold fewer than
   * `limit` records, even none, and still have a `nextCursor`.
   *
   * @throws HarmattanError HMT_HTTP_BAD_PARAMETER for a cursor that is none of ours
   */
  browse(
    options: BrowseOptions,
  ): Promise<{ readonly items: readonly JournalRecord[]; readonly nextCursor: string | null }>;
  /** One record, or `null` when retention dropped it or it never was. */
  get(topic: Topic, partition: number, offset: number): Promise<JournalRecord | null>;
  consumers(): Promise<readonly ConsumerStatus[]>;
  /** What the open consumers of this process hold at this moment; what other processes hold is theirs to tell. */
  holdings(): readonly Holding[];
  /** Forgets a group, so that it no longer holds anything back. */
  removeConsumer(group: string): Promise<boolean>;
  /** Drops what retention allows at `now`. Returns how many records went. */
  trim(now: Instant): Promise<number>;
  close(): Promise<void>;
}
