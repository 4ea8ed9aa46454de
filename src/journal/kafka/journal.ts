import { createHash } from 'node:crypto';
import type { Logger } from '../../core/log.ts';
import type { Clock } from '../../core/time.ts';
import type { ConsumeOptions, Holding, Journal } from '../journal.ts';
import { TOPICS } from '../topics.ts';
import { Appender } from './appender.ts';
import { browse } from './browse.ts';
import { type ClusterTopics, openTopics } from './cluster-topics.ts';
import type { KafkaOptions } from './config.ts';
import { connectionOf } from './connection.ts';
import { KafkaConsumer } from './consumer.ts';
import { Fetcher } from './fetcher.ts';
import { clusterGroups, groupName } from './groups.ts';
import { Membership } from './membership.ts';

export interface KafkaJournalOptions {
  readonly kafka: KafkaOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of topics that are made. */
  readonly partitions?: number;
  readonly retentionDays?: number;
  readonly retentionBytes?: number;
  readonly maxRecordBytes?: number;
}

const MIB = 1024 * 1024;
const SECOND_MS = 1_000;

/**
 * The journal as three topics of Apache Kafka. Any number of processes may append and read; those that read with one
 * group share the partitions.
 *
 * Where it differs from the embedded journal: retention is the brokers' own and does not wait for a group, so `trim`
 * drops nothing; an append that fails for want of brokers may have been written in part or as a whole, and the repeated
 * records have the same natural keys; records of different partitions come in the order of their times only as far as
 * they are fetched already.
 *
 * @throws HarmattanError HMT_CONFIG_INVALID, HMT_JOURNAL_UNREACHABLE, HMT_JOURNAL_LOGIN_REFUSED, HMT_JOURNAL_TLS,
 *   HMT_JOURNAL_FORBIDDEN, HMT_JOURNAL_TOPIC_ABSENT, HMT_JOURNAL_TOPIC_REFUSED, HMT_JOURNAL_PARTITIONS
 */
export async function kafkaJournal(options: KafkaJournalOptions): Promise<Journal> {
  const { kafka, clock, logger, maxRecordBytes = 16 * MIB } = options;
  const connection = connectionOf(kafka);
  const cluster = await openTopics(
    connection,
    kafka,
    {
      partitions: options.partitions ?? 4,
      retentionDays: options.retentionDays ?? 30,
      retentionBytes: options.retentionBytes ?? 2048 * MIB,
      maxRecordBytes,
    },
    logger,
  );
  const appender = new Appender(connection, cluster, clock, kafka.compression);
  const consumers = new Set<KafkaConsumer>();
  const members = new Map<Membership, string>();
  let looking: Fetcher | null = null;
  const fetcher = () => {
    looking ??= new Fetcher(connection, cluster);
    return looking;
  };
  const groups = clusterGroups(connection, cluster, kafka.groupId, fetcher, clock);
  let closed = false;

  return {
    id: identityOf(cluster),
    maxRecordBytes: cluster.maxRecordBytes,
    append: (topic, messages) => appender.append(topic, messages),
    async consume(wanted: ConsumeOptions) {
      let member: Membership | null = null;
      const consumer: KafkaConsumer = new KafkaConsumer({
        options: wanted,
        fetcher: new Fetcher(connection, cluster),
        clock,
        logger,
        stuckMs: kafka.stuckSeconds * SECOND_MS,
        member: (events) => {
          member = new Membership({
            connection,
            cluster,
            groupId: groupName(kafka.groupId, wanted.group),
            topics: wanted.topics,
            sessionMs: kafka.sessionSeconds * SECOND_MS,
            logger,
            ...events,
          });
          members.set(member, wanted.group);
          return member;
        },
        onClosed() {
          consumers.delete(consumer);
          if (member !== null) members.delete(member);
        },
      });
      consumers.add(consumer);
      try {
        await consumer.open();
        return consumer;
      } catch (error) {
        await consumer.close();
        throw error;
      }
    },
    browse: (wanted) => browse(fetcher(), wanted),
    async get(topic, partition, offset) {
      if (partition >= cluster.topics[topic].partitions) return null;
      const limits = { waitMs: 0, maxBytes: 1, partitionBytes: 1 };
      const [part] = await fetcher().fetchAll([{ topic, partition, offset }], limits);
      return part?.records.find((record) => record.offset === offset) ?? null;
    },
    async consumers() {
      for (const consumer of consumers) await consumer.flush();
      return groups.statuses();
    },
    holdings: () => [...members].flatMap(([member, group]) => holdingsOf(member, group)),
    removeConsumer: (group) => groups.remove(group),
    trim: async () => 0,
    async close() {
      if (closed) return;
      closed = true;
      await appender.close();
      await Promise.all([...consumers].map((consumer) => consumer.close()));
      await looking?.close();
      await groups.close();
    },
  };
}

function holdingsOf({ assigned }: Membership, group: string): readonly Holding[] {
  return TOPICS.flatMap((topic) => {
    const partitions = assigned.filter((one) => one.topic === topic).map(({ partition }) => partition);
    return partitions.length === 0 ? [] : [{ group, topic, partitions: partitions.sort((one, next) => one - next) }];
  });
}

/** The cluster and its three logs: a topic that was removed and made again is another journal. */
function identityOf({ clusterId, topics }: ClusterTopics): string {
  const ids = TOPICS.map((topic) => topics[topic].id).join('/');
  return `kafka-${createHash('sha256').update(`${clusterId}/${ids}`).digest('hex').slice(0, 32)}`;
}
