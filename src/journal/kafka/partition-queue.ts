import type { JournalRecord } from '../journal.ts';
import type { Topic } from '../topics.ts';

/** What one partition has in store for the reader: fetched and not handed out. */
export class PartitionQueue {
  readonly topic: Topic;
  readonly partition: number;
  /** The offset after the last record that was handed out. */
  position: number;
  /** The offset to fetch next. */
  fetchAt: number;
  #records: readonly JournalRecord[] = [];
  #taken = 0;
  #later: (readonly JournalRecord[])[] = [];

  constructor(topic: Topic, partition: number, position: number) {
    this.topic = topic;
    this.partition = partition;
    this.position = position;
    this.fetchAt = position;
  }

  /** How many records wait. */
  get size(): number {
    return this.#later.reduce((sum, records) => sum + records.length, this.#records.length - this.#taken);
  }

  /** Memory that the waiting records take. */
  get weight(): number {
    let weight = 0;
    for (const record of this.#records.slice(this.#taken)) weight += weightOf(record);
    for (const records of this.#later) for (const record of records) weight += weightOf(record);
    return weight;
  }

  get head(): JournalRecord | undefined {
    return this.#records[this.#taken];
  }

  add(records: readonly JournalRecord[], next: number): void {
    this.fetchAt = next;
    if (records.length === 0) {
      // Only markers of transactions were there: nothing to hand out, and nothing before `next` to come back to.
      if (this.head === undefined) this.position = next;
      return;
    }
    if (this.head === undefined) [this.#records, this.#taken] = [records, 0];
    else this.#later.push(records);
  }

  take(): void {
    const record = this.#records[this.#taken++];
    if (record) this.position = record.offset + 1;
    if (this.#taken < this.#records.length) return;
    this.#records = this.#later.shift() ?? [];
    this.#taken = 0;
    if (this.#records.length === 0) this.position = this.fetchAt;
  }
}

/** Memory that a record takes beside its value, roughly. */
const RECORD_BYTES = 200;

export const weightOf = (record: JournalRecord): number => record.value.length + RECORD_BYTES;

/**
 * Takes the next records, the oldest append time first, each partition in its own order; at most `maxRecords` and
 * `maxBytes` of values, and one longer record alone.
 */
export function takeNext(
  queues: readonly PartitionQueue[],
  maxRecords: number,
  maxBytes: number,
): readonly JournalRecord[] {
  const taken: JournalRecord[] = [];
  let bytes = 0;
  const waiting = queues.filter((queue) => queue.head !== undefined);
  while (taken.length < maxRecords) {
    let first: PartitionQueue | undefined;
    let firstAt = Number.POSITIVE_INFINITY;
    let secondAt = Number.POSITIVE_INFINITY;
    for (const queue of waiting) {
      const at = queue.head?.appendedAt ?? Number.POSITIVE_INFINITY;
      if (at < firstAt || first === undefined) [first, firstAt, secondAt] = [queue, at, firstAt];
      else if (at < secondAt) secondAt = at;
    }
    // From one partition as long as it holds the oldest: looking at all of them for each record would cost more.
    let head = first?.head;
    if (first === undefined || head === undefined) return taken;
    do {
      bytes += head.value.length;
      if (bytes > maxBytes && taken.length > 0) return taken;
      taken.push(head);
      first.take();
      head = first.head;
    } while (head !== undefined && head.appendedAt <= secondAt && taken.length < maxRecords);
  }
  return taken;
}
