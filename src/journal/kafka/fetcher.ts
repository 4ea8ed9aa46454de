import { Consumer, ListOffsetTimestamps } from '@platformatic/kafka';
import type { JournalRecord } from '../journal.ts';
import { TOPICS, type Topic } from '../topics.ts';
import type { ClusterTopics } from './cluster-topics.ts';
import type { Connection } from './connection.ts';
import { answerIn, kafkaFailure, says } from './failure.ts';
import { recordsOf } from './record.ts';

/** Where to read a partition from. */
export interface FetchFrom {
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
}

/** What a partition gave. */
export interface Fetched {
  readonly topic: Topic;
  readonly partition: number;
  readonly records: readonly JournalRecord[];
  /** Where to go on. */
  readonly next: number;
  /** The end of the partition at that moment. */
  readonly end: number;
  /** The wanted offset is none that the broker has. */
  readonly outOfRange: boolean;
}

/** The oldest offset of a partition and the one that its next record gets. */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;

export interface FetchLimits {
  /** How long the broker may wait for the first record, ms; 0: it answers at once. */
  readonly waitMs: number;
  readonly maxBytes: number;
  readonly partitionBytes: number;
}

/** Reads partitions at offsets of the caller's choice, without a group. Calls for one broker wait for each other. */
export class Fetcher {
  readonly #client: Consumer;
  readonly #cluster: ClusterTopics;
  readonly #turns = new Map<number, Promise<unknown>>();

  constructor(connection: Connection, cluster: ClusterTopics) {
    this.#client = new Consumer({ ...connection, groupId: 'none', retries: 2 });
    this.#cluster = cluster;
    this.#client.topics.trackAll(...TOPICS.map((topic) => cluster.topics[topic].name));
  }

  /** The partitions by the broker that leads them: each is asked on its own. */
  async byLeader(wanted: readonly FetchFrom[]): Promise<ReadonlyMap<number, readonly FetchFrom[]>> {
    const nodes = new Map<number, FetchFrom[]>();
    if (wanted.length === 0) return nodes;
    const metadata = await this.#client
      .metadata({ topics: this.#client.topics.current })
      .catch((error: unknown) => this.#fail(error));
    for (const one of wanted) {
      const node = metadata.topics.get(this.#cluster.topics[one.topic].name)?.partitions[one.partition]?.leader ?? -1;
      const known = nodes.get(node);
      if (known) known.push(one);
      else nodes.set(node, [one]);
    }
    return nodes;
  }

  /** Reads partitions that one broker leads. Those that have nothing new may be absent from the answer. */
  async fetch(node: number, wanted: readonly FetchFrom[], limits: FetchLimits): Promise<readonly Fetched[]> {
    const before = this.#turns.get(node) ?? Promise.resolve();
    const work = before.catch(() => {}).then(() => this.#fetch(node, wanted, limits));
    this.#turns.set(node, work);
    return work;
  }

  /** Reads partitions wherever they are led. */
  async fetchAll(wanted: readonly FetchFrom[], limits: FetchLimits): Promise<readonly Fetched[]> {
    const nodes = await this.byLeader(wanted);
    const answers = await Promise.all([...nodes].map(([node, own]) => this.fetch(node, own, limits)));
    return answers.flat();
  }

  async #fetch(node: number, wanted: readonly FetchFrom[], limits: FetchLimits): Promise<readonly Fetched[]> {
    const byId = new Map(wanted.map((one) => [this.#keyOf(one.topic, one.partition), one]));
    let response: FetchResponse;
    try {
      response = await this.#client.fetch({
        node,
        topics: wanted.map(({ topic, partition, offset }) => ({
          topicId: this.#cluster.topics[topic].id,
          partitions: [
            {
              partition,
              fetchOffset: BigInt(offset),
              partitionMaxBytes: limits.partitionBytes,
              currentLeaderEpoch: -1,
              lastFetchedEpoch: -1,
            },
          ],
        })),
        maxWaitTime: limits.waitMs,
        minBytes: 1,
        maxBytes: limits.maxBytes,
      });
    } catch (error) {
      if (!says(error, 'OFFSET_OUT_OF_RANGE')) return this.#fail(error);
      response = answerIn(error) as FetchResponse;
    }
    return response.responses.flatMap(({ topicId, partitions }) =>
      partitions.flatMap((part) => {
        const one = byId.get(`${topicId}/${part.partitionIndex}`);
        if (!one) return [];
        const { records, next } = recordsOf(one.topic, one.partition, part.records ?? [], one.offset);
        return [
          {
            topic: one.topic,
            partition: one.partition,
            records,
            next,
            end: Number(part.highWatermark),
            outOfRange: part.errorCode !== 0,
          },
        ];
      }),
    );
  }

  /** What a topic's partitions hold at this moment. */
  async bounds(topic: Topic): Promise<readonly Bounds[]> {
    const [starts, ends] = await Promise.all([
      this.offsetsAt(topic, ListOffsetTimestamps.EARLIEST),
      this.offsetsAt(topic, ListOffsetTimestamps.LATEST),
    ]);
    return starts.map((start, partition) => ({ start, end: ends[partition] ?? start }));
  }

  /** By partition: the first offset whose record has this time or a later one; -1 where none has. */
  async offsetsAt(topic: Topic, timestamp: bigint): Promise<readonly number[]> {
    const { name } = this.#cluster.topics[topic];
    try {
      const offsets = await this.#client.listOffsets({ topics: [name], timestamp });
      return [...(offsets.get(name) ?? [])].map(Number);
    } catch (error) {
      return this.#fail(error);
    }
  }

  #keyOf(topic: Topic, partition: number): string {
    return `${this.#cluster.topics[topic].id}/${partition}`;
  }

  #fail(error: unknown): never {
    throw kafkaFailure(error, 'reading');
  }

  async close(): Promise<void> {
    await this.#client.close(true).catch(() => {});
  }
}
