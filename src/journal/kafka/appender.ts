import { type MessageToProduce, Producer } from '@platformatic/kafka';
import { HarmattanError } from '../../core/errors.ts';
import type { Clock } from '../../core/time.ts';
import type { JournalMessage } from '../journal.ts';
import { type Partitioner, partitioner } from '../partition.ts';
import type { Topic } from '../topics.ts';
import type { ClusterTopics } from './cluster-topics.ts';
import type { KafkaOptions } from './config.ts';
import type { Connection } from './connection.ts';
import { kafkaFailure } from './failure.ts';

interface Call {
  readonly topic: Topic;
  readonly messages: readonly JournalMessage[];
  resolve(): void;
  reject(error: unknown): void;
}

/** One request holds at most so much; a longer record goes alone. One request is under way at a time. */
const REQUEST_BYTES = 1024 * 1024;
const REQUEST_RECORDS = 5_000;
/** Tries of one request within the client, about 20 s of them: after that the caller is told. */
const RETRIES = 9;

/**
 * Appends with an idempotent producer that waits for all in-sync replicas. Calls made while a request is under way share
 * the next one; a shared request that is refused is tried call by call, so that none fails for another's sake.
 */
export class Appender {
  readonly #producer: Producer<string, Uint8Array, string, string>;
  readonly #cluster: ClusterTopics;
  readonly #clock: Clock;
  readonly #partitioners: Readonly<Record<Topic, Partitioner>>;
  readonly #calls: Call[] = [];
  #working: Promise<void> | null = null;
  #closed = false;

  constructor(connection: Connection, cluster: ClusterTopics, clock: Clock, compression: KafkaOptions['compression']) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#producer = new Producer({
      ...connection,
      idempotent: true,
      retries: RETRIES,
      compression,
      serializers: {
        key: (key) => (key === undefined ? undefined : Buffer.from(key)),
        value: (value) =>
          value === undefined ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
        headerKey: (name) => (name === undefined ? undefined : Buffer.from(name)),
        headerValue: (value) => (value === undefined ? undefined : Buffer.from(value)),
      },
    });
    this.#partitioners = Object.fromEntries(
      Object.values(cluster.topics).map(({ topic, partitions }) => [topic, partitioner(partitions)]),
    ) as Record<Topic, Partitioner>;
  }

  append(topic: Topic, messages: readonly JournalMessage[]): Promise<void> {
    if (this.#closed)
      return Promise.reject(new HarmattanError('HMT_JOURNAL_UNAVAILABLE', { detail: 'It is closed already.' }));
    const { maxRecordBytes } = this.#cluster;
    const tooLong = messages.find((message) => message.value.length > maxRecordBytes);
    if (tooLong)
      return Promise.reject(
        new HarmattanError('HMT_JOURNAL_TOO_LARGE', {
          detail: `It has ${tooLong.value.length} bytes, the limit is ${maxRecordBytes}.`,
        }),
      );
    if (messages.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#calls.push({ topic, messages, resolve, reject });
      this.#working ??= Promise.resolve().then(() => this.#work());
    });
  }

  /** Ends after what was asked for so far. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#working;
    await this.#producer.close(true).catch(() => {});
  }

  async #work(): Promise<void> {
    while (this.#calls.length > 0) {
      const calls = this.#calls.splice(0, this.#howManyFit());
      try {
        await this.#send(calls);
        for (const call of calls) call.resolve();
      } catch (error) {
        if (calls.length === 1) calls[0]?.reject(error);
        else for (const call of calls) await this.#send([call]).then(call.resolve, call.reject);
      }
    }
    this.#working = null;
  }

  /** Calls for one topic, in order, until a request is full; the first always fits. */
  #howManyFit(): number {
    let bytes = 0;
    let records = 0;
    let count = 0;
    for (const { topic, messages } of this.#calls) {
      bytes += messages.reduce((sum, message) => sum + message.value.length, 0);
      records += messages.length;
      if (count > 0 && (topic !== this.#calls[0]?.topic || bytes > REQUEST_BYTES || records > REQUEST_RECORDS)) break;
      count++;
    }
    return count;
  }

  async #send(calls: readonly Call[]): Promise<void> {
    const [first] = calls;
    if (!first) return;
    const { name } = this.#cluster.topics[first.topic];
    const timestamp = BigInt(this.#clock.now());
    let request: MessageToProduce<string, Uint8Array, string, string>[] = [];
    let bytes = 0;
    for (const { messages } of calls) {
      const partition = this.#partitioners[first.topic].next();
      for (const { key, headers, value } of messages) {
        if (request.length === REQUEST_RECORDS || (request.length > 0 && bytes + value.length > REQUEST_BYTES)) {
          await this.#request(request, name);
          [request, bytes] = [[], 0];
        }
        bytes += value.length;
        request.push({
          topic: name,
          partition: partition(key),
          timestamp,
          ...(key === null ? {} : { key }),
          value,
          headers: new Map(Object.entries(headers)),
        });
      }
    }
    await this.#request(request, name);
  }

  async #request(messages: MessageToProduce<string, Uint8Array, string, string>[], name: string): Promise<void> {
    try {
      await this.#producer.send({ messages });
    } catch (error) {
      throw kafkaFailure(error, `appending to ${name}`);
    }
  }
}
