import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { HarmattanError } from '../../core/errors.ts';
import { lookPauseMs } from '../../core/look-pause.ts';
import type { Clock, Instant } from '../../core/time.ts';
import type { ConsumeOptions, Consumer, Delivery, JournalRecord, Position } from '../journal.ts';
import type { Topic } from '../topics.ts';
import { type ConsumerRegistry, reachedOf } from './consumer-registry.ts';
import type { Database } from './database.ts';
import { mergedByTime } from './merge.ts';
import { howManyFit, type TopicLog } from './topic-log.ts';
import type { Waiters } from './waiters.ts';

export interface ConsumerInput {
  readonly db: Database;
  readonly logs: Readonly<Record<Topic, TopicLog>>;
  readonly registry: ConsumerRegistry;
  readonly waiters: Waiters;
  readonly clock: Clock;
  readonly partitions: number;
  readonly watchForeignMs: number | null;
  readonly options: ConsumeOptions;
  /** Whether the group's work on a topic is this consumer's at present. */
  owns(topic: Topic): boolean;
  /** Offsets below `next` count as given from now on. */
  raise(topic: Topic, next: number): Promise<void>;
  onClosed(): void;
}

/** Where a consumer is in one topic. */
interface Cursor {
  readonly topic: Topic;
  readonly log: TopicLog;
  /** Next offset to hand out, by partition. */
  positions: number[];
  /** What was handed out, in order; positions after it, and whether that was acknowledged. */
  readonly handedOut: { readonly positions: readonly number[]; acked: boolean }[];
}

/** While partitions begin at different positions, one read looks at this many records of a topic at most. */
const SEARCH_RECORDS = 20_000;

/** Reads a group's topics. Records of several topics come merged by their append times. */
export class SqliteConsumer implements Consumer {
  readonly #input: ConsumerInput;
  readonly #cursors = new Map<Topic, Cursor>();
  #taking: Promise<void> | null = null;
  #closed = false;
  /** When records were last handed out. */
  #foundAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(input: ConsumerInput) {
    this.#input = input;
  }

  get topics(): readonly Topic[] {
    return this.#input.options.topics;
  }

  async read(): Promise<Delivery | null> {
    this.#refuseClosed();
    if (this.#input.options.topics.some((topic) => !this.#cursors.has(topic) && this.#input.owns(topic))) {
      this.#taking ??= this.#take().finally(() => {
        this.#taking = null;
      });
      await this.#taking;
      this.#refuseClosed();
    }
    for (;;) {
      const next = this.#input.db.read(() => this.#next());
      if (next !== 'more') return next;
      await turnOfTheLoop();
      this.#refuseClosed();
    }
  }

  async wait(signal: AbortSignal): Promise<void> {
    const { registry, waiters, watchForeignMs, clock } = this.#input;
    if (watchForeignMs === null) registry.write();
    if (signal.aborted || this.#closed || this.#mayRead()) return;
    const woken = waiters.next(signal);
    if (watchForeignMs !== null) {
      const done = new AbortController();
      void woken.then(() => done.abort());
      while (!done.signal.aborted) {
        await clock.sleep(lookPauseMs(clock.now() - this.#foundAt, watchForeignMs), done.signal);
        if (this.#closed) return;
        registry.writeWhenDue();
        if (this.#mayRead()) waiters.wake();
      }
    }
    await woken;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#input.registry.write('in turn');
    this.#input.onClosed();
  }

  #refuseClosed(): void {
    if (this.#closed || !this.#input.db.isOpen)
      throw new HarmattanError('HMT_JOURNAL_UNAVAILABLE', { detail: 'This consumer is closed.' });
  }

  #mayRead(): boolean {
    const { db, logs, options, owns } = this.#input;
    if (!db.isOpen) return true;
    return db.read(() =>
      options.topics.some((topic) => {
        const cursor = this.#cursors.get(topic);
        return cursor ? logs[topic].next() > Math.min(...cursor.positions) : owns(topic);
      }),
    );
  }

  /** The topics that this consumer reads and no earlier one of its group. */
  get held(): readonly Topic[] {
    return [...this.#cursors.keys()];
  }

  /** Takes over the topics that are this consumer's now, at the store's positions. */
  async #take(): Promise<void> {
    const { options, owns } = this.#input;
    const known = await options.startFrom();
    for (const topic of options.topics)
      if (!this.#closed && !this.#cursors.has(topic) && owns(topic)) await this.#begin(topic, known);
  }

  async #begin(topic: Topic, known: readonly Position[]): Promise<void> {
    const { logs, registry, raise, options, partitions } = this.#input;
    const log = logs[topic];
    const mine = known.filter((position) => position.topic === topic);
    const count = Math.max(partitions, ...mine.map((position) => position.partition + 1));
    const positions = Array.from({ length: count }, () => 0);
    for (const { partition, offset } of mine) positions[partition] = offset;
    // A journal that lost its tail (an older copy was put back) must not give the same offsets again: they would be skipped.
    const furthest = Math.max(...positions);
    if (furthest > log.next()) await raise(topic, furthest);
    await registry.startAt(options.group, topic, reachedOf(positions));
    this.#cursors.set(topic, { topic, log, positions, handedOut: [] });
  }

  /** The next delivery; `null` when there is nothing, `'more'` when nothing was found as far as one turn looks. */
  #next(): Delivery | 'more' | null {
    const unread = [...this.#cursors.values()].filter(({ log, positions }) => log.next() > Math.min(...positions));
    const [only] = unread;
    if (only === undefined) return null;
    return unread.length === 1 ? this.#nextOf(only) : this.#nextOfSeveral(unread);
  }

  /** Where one topic alone has something, its records are read at once, without their sizes first. */
  #nextOf(cursor: Cursor): Delivery | 'more' | null {
    const { maxBytes } = this.#input.options;
    const stretch = this.#stretch(cursor);
    const records = cursor.log.records({ ...stretch, maxBytes });
    const last = records.at(-1);
    if (last) {
      this.#advance(cursor, last.offset + 1);
      return this.#delivery(records);
    }
    if (stretch.to >= cursor.log.next()) return null;
    this.#advance(cursor, stretch.to);
    return 'more';
  }

  #nextOfSeveral(cursors: readonly Cursor[]): Delivery | 'more' | null {
    const { maxRecords, maxBytes } = this.#input.options;
    const looks = cursors.map((cursor) => this.#look(cursor));
    const all = mergedByTime(looks.map(({ sizes }) => sizes));
    const taken = all.slice(0, Math.min(maxRecords, howManyFit(all, maxBytes)));
    const records = looks.map(({ cursor, from, positions }) => {
      const last = taken.findLast((size) => size.topic === cursor.topic);
      if (!last) return [];
      this.#advance(cursor, last.offset + 1);
      return cursor.log.records({ from, to: last.offset + 1, limit: maxRecords, positions });
    });
    const found = mergedByTime(records);
    if (found.length > 0) return this.#delivery(found);
    // Retention of another process took what was seen a moment ago, or nothing here is unread: what follows may be.
    const unseen = looks.filter(({ cursor, sizes, to }) => sizes.length === 0 && to < cursor.log.next());
    for (const { cursor, to } of unseen) this.#advance(cursor, to);
    return unseen.length > 0 || taken.length > 0 ? 'more' : null;
  }

  /** What one topic could hand out. */
  #look(cursor: Cursor) {
    const stretch = this.#stretch(cursor);
    return { cursor, ...stretch, sizes: cursor.log.sizes(stretch) };
  }

  #stretch({ log, positions }: Cursor) {
    const from = Math.min(...positions);
    const even = positions.every((position) => position === from);
    const to = even ? Number.MAX_SAFE_INTEGER : Math.max(from, log.first()) + SEARCH_RECORDS;
    const { maxRecords } = this.#input.options;
    return { from, to, limit: maxRecords, positions: even ? undefined : { ...positions } };
  }

  #advance(cursor: Cursor, to: number): void {
    cursor.positions = cursor.positions.map((position) => Math.max(position, to));
  }

  #delivery(records: readonly JournalRecord[]): Delivery {
    const { registry, options, clock } = this.#input;
    this.#foundAt = clock.now();
    const topics = new Set(records.map((record) => record.topic));
    const parts = [...this.#cursors.values()]
      .filter((cursor) => topics.has(cursor.topic))
      .map((cursor) => {
        const part = { positions: cursor.positions, acked: false };
        cursor.handedOut.push(part);
        return { cursor, part };
      });
    return {
      records,
      positions: parts.flatMap(({ cursor, part }) =>
        part.positions.map((offset, partition) => ({ topic: cursor.topic, partition, offset })),
      ),
      ack: async () => {
        if (this.#closed) return;
        for (const { cursor, part } of parts) {
          part.acked = true;
          // Only what nothing unacknowledged lies before: the rest waits for its turn.
          let reached: readonly number[] | null = null;
          while (cursor.handedOut[0]?.acked) reached = cursor.handedOut.shift()?.positions ?? null;
          if (reached) registry.acknowledge(options.group, cursor.topic, reachedOf(reached));
        }
      },
    };
  }
}
