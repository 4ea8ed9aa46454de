import { Admin, ConfigResourceTypes } from '@platformatic/kafka';
import { HarmattanError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { TOPICS, type Topic } from '../topics.ts';
import type { KafkaOptions } from './config.ts';
import { brokersOf, type Connection } from './connection.ts';
import { kafkaFailure, says } from './failure.ts';

/** One of our topics as it is in the cluster. */
export interface ClusterTopic {
  readonly topic: Topic;
  /** As Kafka calls it. */
  readonly name: string;
  /** Changes when the topic is removed and made again. */
  readonly id: string;
  readonly partitions: number;
}

export interface ClusterTopics {
  readonly clusterId: string;
  readonly topics: Readonly<Record<Topic, ClusterTopic>>;
  /** Longest value that the topics take. */
  readonly maxRecordBytes: number;
}

/** How a topic is made where none is, and what an existing one is measured against. */
export interface TopicWishes {
  readonly partitions: number;
  readonly retentionDays: number;
  readonly retentionBytes: number;
  readonly maxRecordBytes: number;
}

/** What a record takes beside its value: key, headers, the batch's frame. */
const FRAME_BYTES = 64 * 1024;
const DAY_MS = 86_400_000;
/** How often to look whether a new topic is known everywhere, and how long, ms. */
const LOOK_MS = 100;
const LOOKS = 100;

/** Our topics' names in the cluster: readings on the configured one, so that foreign clients find them. */
export const clusterName = (configured: string, topic: Topic): string =>
  topic === 'observations' ? configured : `${configured}.${topic}`;

/**
 * Finds the topics, makes those that are absent where that is allowed, and says what is unwise about those that exist.
 *
 * @throws HarmattanError HMT_JOURNAL_TOPIC_ABSENT, HMT_JOURNAL_TOPIC_REFUSED, HMT_JOURNAL_PARTITIONS,
 *   HMT_JOURNAL_FORBIDDEN, HMT_JOURNAL_UNREACHABLE, HMT_JOURNAL_LOGIN_REFUSED, HMT_JOURNAL_TLS
 */
export async function openTopics(
  connection: Connection,
  options: KafkaOptions,
  wishes: TopicWishes,
  logger: Logger,
): Promise<ClusterTopics> {
  const admin = new Admin({ ...connection, retries: 0 });
  const at = `at ${brokersOf(options).join(', ')}`;
  try {
    const names = TOPICS.map((topic) => clusterName(options.topic, topic));
    const present = new Set(await admin.listTopics({}));
    const absent = names.filter((name) => !present.has(name));
    if (absent.length > 0) await makeTopics(admin, absent, options, wishes);
    const { clusterId, topics } = await describedTopics(admin, options);
    for (const { name, partitions } of Object.values(topics))
      if (options.partitions !== null && partitions !== options.partitions)
        throw new HarmattanError('HMT_JOURNAL_PARTITIONS', {
          detail: `${name} has ${partitions}, kafka.partitions says ${options.partitions}.`,
        });
    return { clusterId, topics, maxRecordBytes: await judged(admin, topics, wishes, logger) };
  } catch (error) {
    throw kafkaFailure(error, `opening the topics ${at}`);
  } finally {
    await admin.close().catch(() => {});
  }
}

async function makeTopics(
  admin: Admin,
  absent: readonly string[],
  { createTopics, partitions, replicationFactor }: KafkaOptions,
  wishes: TopicWishes,
): Promise<void> {
  if (!createTopics)
    throw new HarmattanError('HMT_JOURNAL_TOPIC_ABSENT', {
      detail: `${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} not there, and kafka.createTopics is false.`,
    });
  const count = partitions ?? wishes.partitions;
  const configs = Object.entries({
    'retention.ms': Math.round(wishes.retentionDays * DAY_MS),
    'retention.bytes': Math.ceil(wishes.retentionBytes / TOPICS.length / count),
    'max.message.bytes': wishes.maxRecordBytes + FRAME_BYTES,
    'cleanup.policy': 'delete',
  }).map(([name, value]) => ({ name, value: String(value) }));
  for (const name of absent)
    try {
      await admin.createTopics({ topics: [name], partitions: count, replicas: replicationFactor ?? -1, configs });
    } catch (error) {
      // Another process of ours was first.
      if (!says(error, 'TOPIC_ALREADY_EXISTS')) throw error;
    }
}

/** The topics as the brokers know them; a new one takes a moment to be known everywhere. */
async function describedTopics(admin: Admin, options: KafkaOptions): Promise<Omit<ClusterTopics, 'maxRecordBytes'>> {
  for (let look = 1; ; look++)
    try {
      const names = TOPICS.map((topic) => clusterName(options.topic, topic));
      const metadata = await admin.metadata({ topics: names, forceUpdate: true });
      const described = TOPICS.map((topic): [Topic, ClusterTopic] => {
        const name = clusterName(options.topic, topic);
        const found = metadata.topics.get(name);
        if (!found || found.partitions.some(({ leader }) => leader < 0)) throw new Error(`${name} has no leader yet`);
        return [topic, { topic, name, id: found.id, partitions: found.partitionsCount }];
      });
      return { clusterId: metadata.id, topics: Object.fromEntries(described) as Record<Topic, ClusterTopic> };
    } catch (error) {
      if (look === LOOKS) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
}

/** Says what is unwise about the topics; returns the longest value that all of them take. */
async function judged(
  admin: Admin,
  topics: ClusterTopics['topics'],
  wishes: TopicWishes,
  logger: Logger,
): Promise<number> {
  let longest = wishes.maxRecordBytes;
  for (const { name } of Object.values(topics)) {
    const settings = await settingsOf(admin, name);
    const limit = Number(settings.get('max.message.bytes') ?? Number.POSITIVE_INFINITY) - FRAME_BYTES;
    if (limit < longest) {
      logger.warn('The topic takes shorter records than journal.maxRecordBytes; its own limit counts.', {
        topic: name,
        maxMessageBytes: limit + FRAME_BYTES,
      });
      longest = Math.max(1, limit);
    }
    if (settings.get('cleanup.policy')?.includes('compact'))
      logger.warn('The topic keeps only the newest record of each place; set its cleanup.policy to delete.', {
        topic: name,
      });
  }
  return longest;
}

/** A topic's settings; none where this user may not see them. */
async function settingsOf(admin: Admin, name: string): Promise<ReadonlyMap<string, string | null | undefined>> {
  try {
    const [described] = await admin.describeConfigs({
      resources: [
        {
          resourceType: ConfigResourceTypes.TOPIC,
          resourceName: name,
          configurationKeys: ['max.message.bytes', 'cleanup.policy'],
        },
      ],
    });
    return new Map(described?.configs.map((config) => [config.name, config.value]));
  } catch {
    return new Map();
  }
}
