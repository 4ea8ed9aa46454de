import type { Clock, Instant } from '../src/core/time.ts';
import type {
  ConsumeOptions,
  Consumer,
  Delivery,
  Holding,
  Journal,
  JournalMessage,
  JournalRecord,
  Position,
} from '../src/journal/journal.ts';
import type { Topic } from '../src/journal/topics.ts';

/** A journal in memory that tests can look into, cut short and make fail. One consumer per group. */
export class MemoryJournal implements Journal {
  readonly id = 'memory';
  readonly maxRecordBytes = 16 * 1024 * 1024;
  readonly records: JournalRecord[] = [];
  /** Acknowledged positions per group, as the journal knows them. */
  readonly acked: Position[] = [];
  /** Thrown by the next acknowledgement, once. */
  failAck: Error | null = null;
  readonly #clock: Clock;
  readonly #partitions: number;
  #unkeyed = 0;
  #wake: (() => void)[] = [];

  constructor(clock: Clock, partitions = 4) {
    this.#clock = clock;
    this.#partitions = partitions;
  }

  holdings(): readonly Holding[] {
    return [];
  }

  async append(topic: Topic, messages: readonly JournalMessage[]): Promise<void> {
    for (const { key, headers, value } of messages) {
      const partition = key === null ? this.#unkeyed++ % this.#partitions : partitionOf(key, this.#partitions);
      const offset = this.records.filter((one) => one.topic === topic && one.partition === partition).length;
      const appendedAt = this.#clock.now();
      this.records.push({ topic, partition, offset, appendedAt, key, headers, value: Uint8Array.from(value) });
    }
    for (const wake of this.#wake.splice(0)) wake();
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    const next = new Map<string, number>();
    for (const { topic, partition, offset } of await options.startFrom()) next.set(`${topic}/${partition}`, offset);
    const partitionText = (record: JournalRecord) => `${record.topic}/${record.partition}`;
    const read = async (): Promise<Delivery | null> => {
      const records = this.records
        .filter((record) => options.topics.includes(record.topic))
        .filter((record) => record.offset >= (next.get(partitionText(record)) ?? 0))
        .slice(0, options.maxRecords);
      if (records.length === 0) return null;
      const positions = new Map<string, Position>();
      for (const record of records) {
        const { topic, partition, offset } = record;
        next.set(partitionText(record), offset + 1);
        positions.set(partitionText(record), { topic, partition, offset: offset + 1 });
      }
      const ack = async () => {
        const error = this.failAck;
        this.failAck = null;
        if (error) throw error;
        this.acked.push(...positions.values());
      };
      return { records, positions: [...positions.values()], ack };
    };
    return {
      read,
      wait: (signal) =>
        new Promise((resolve) => {
          if (signal.aborted) return resolve();
          this.#wake.push(resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        }),
      close: async () => {},
    };
  }

  async browse({ topic, limit, cursor, from, to, key }: Parameters<Journal['browse']>[0]) {
    const start = Number(cursor ?? 0);
    const all = this.records.filter(
      (one) =>
        one.topic === topic &&
        (key === undefined || one.key === key) &&
        one.appendedAt >= (from ?? Number.NEGATIVE_INFINITY) &&
        one.appendedAt < (to ?? Number.POSITIVE_INFINITY),
    );
    const end = start + limit;
    return { items: all.slice(start, end), nextCursor: end < all.length ? String(end) : null };
  }

  async get(topic: Topic, partition: number, offset: number): Promise<JournalRecord | null> {
    const same = (one: JournalRecord) => one.topic === topic && one.partition === partition && one.offset === offset;
    return this.records.find(same) ?? null;
  }

  async consumers() {
    return [];
  }

  async removeConsumer(): Promise<boolean> {
    return false;
  }

  async trim(_now: Instant): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {}
}

function partitionOf(key: string, partitions: number): number {
  let sum = 0;
  for (let index = 0; index < key.length; index++) sum = (sum * 31 + key.charCodeAt(index)) >>> 0;
  return sum % partitions;
}
