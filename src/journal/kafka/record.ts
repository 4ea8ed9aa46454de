import type { RecordsBatch } from '@platformatic/kafka';
import type { JournalRecord } from '../journal.ts';
import type { Topic } from '../topics.ts';

const IS_CONTROL = 0x20;
/** The broker's clock stamped the batch, not the producer's. */
const IS_LOG_APPEND_TIME = 0x08;
const NO_BYTES = new Uint8Array(0);

/** Header names are few and come again and again. */
const REMEMBERED_NAMES = 1_000;
const names = new Map<string, string>();

type Headers = readonly (readonly [Buffer | null, Buffer | null])[];

/** One record of Kafka as the journal hands it out. Headers are decoded when somebody looks at them. */
class KafkaRecord implements JournalRecord {
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
  readonly appendedAt: number;
  readonly key: string | null;
  readonly value: Uint8Array;
  #raw: Headers;
  #headers: Readonly<Record<string, string>> | null = null;

  constructor(
    topic: Topic,
    partition: number,
    offset: number,
    appendedAt: number,
    key: string | null,
    value: Uint8Array,
    raw: Headers,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
    this.appendedAt = appendedAt;
    this.key = key;
    this.value = value;
    this.#raw = raw;
  }

  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= Object.fromEntries(
      this.#raw.map(([name, value]) => [interned(name?.toString() ?? ''), value?.toString() ?? '']),
    );
    this.#raw = [];
    return this.#headers;
  }
}

function interned(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size < REMEMBERED_NAMES) names.set(name, name);
  return name;
}

/** The records of a partition's batches from `from` on, and where to go on: also past batches that hold none. */
export function recordsOf(
  topic: Topic,
  partition: number,
  batches: readonly RecordsBatch[],
  from: number,
): { readonly records: JournalRecord[]; readonly next: number } {
  const records: JournalRecord[] = [];
  let next = from;
  for (const batch of batches) {
    const first = Number(batch.firstOffset);
    const startedAt = Number(batch.firstTimestamp);
    const stampedAt = batch.attributes & IS_LOG_APPEND_TIME ? Number(batch.maxTimestamp) : null;
    if (!(batch.attributes & IS_CONTROL))
      for (const record of batch.records) {
        const offset = first + record.offsetDelta;
        if (offset < from) continue;
        records.push(
          new KafkaRecord(
            topic,
            partition,
            offset,
            stampedAt ?? startedAt + Number(record.timestampDelta),
            record.key?.toString() ?? null,
            record.value ?? NO_BYTES,
            record.headers,
          ),
        );
      }
    next = Math.max(next, first + batch.lastOffsetDelta + 1);
  }
  return { records, next };
}
