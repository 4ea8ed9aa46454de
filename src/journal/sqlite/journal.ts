import { join } from 'node:path';
import type { Logger } from '../../core/log.ts';
import type { Clock, Instant } from '../../core/time.ts';
import type { BrowseOptions, ConsumeOptions, Journal, JournalMessage } from '../journal.ts';
import { partitioner } from '../partition.ts';
import { TOPICS, type Topic } from '../topics.ts';
import { type AppendTimes, appendTimes } from './append-times.ts';
import { Appender } from './appender.ts';
import { browse } from './browse.ts';
import { SqliteConsumer } from './consumer.ts';
import { ConsumerRegistry } from './consumer-registry.ts';
import { type Database, JOURNAL_FILE, openDatabase } from './database.ts';
import { Retention } from './retention.ts';
import { journalId, migrate, widenTo } from './schema.ts';
import { type TopicLog, topicLog } from './topic-log.ts';
import { waiters } from './waiters.ts';

export interface SqliteJournalOptions {
  /** The journal is `<folder>/journal.db`; the folder is made when it is absent. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly partitions?: number;
  readonly retentionDays?: number;
  readonly retentionBytes?: number;
  readonly optionalHoldDays?: number;
  readonly maxRecordBytes?: number;
  /** How often a waiting consumer looks for what other processes appended, ms; `null`: never (manual clock). */
  readonly watchForeignMs: number | null;
  /** Limit on the file's size, as a quota on the disk would set it; none by default. */
  readonly maxFileBytes?: number;
  /** False: nothing waits for the disk: for a past that is simulated and can be simulated again. */
  readonly fsync?: boolean;
  /** True: nobody else opens the folder meanwhile, so that its locks are taken once and not at every look. */
  readonly alone?: boolean;
}

const MIB = 1024 * 1024;

/**
 * The journal as one SQLite file in WAL mode with `synchronous=FULL`: an append resolves after its fsync. Any number of
 * processes may append and read at the same time. Of several consumers of one group in a process the first reads and
 * the others stand by; another process keeps from joining it by its role's lock.
 *
 * @throws HarmattanError HMT_FOLDER_READ_ONLY, HMT_JOURNAL_UNAVAILABLE, HMT_JOURNAL_NEWER, HMT_JOURNAL_DAMAGED,
 * HMT_JOURNAL_FULL
 */
export async function sqliteJournal(options: SqliteJournalOptions): Promise<Journal> {
  const path = join(options.folder, JOURNAL_FILE);
  const db = openDatabase({ path, maxFileBytes: options.maxFileBytes, fsync: options.fsync, alone: options.alone });
  try {
    migrate(db);
    return openedJournal(db, options);
  } catch (error) {
    db.close();
    throw error;
  }
}

function openedJournal(db: Database, options: SqliteJournalOptions): Journal {
  const { clock, logger, watchForeignMs, partitions = 4, maxRecordBytes = 16 * MIB } = options;
  const logs = Object.fromEntries(TOPICS.map((topic) => [topic, topicLog(db, topic)])) as Record<Topic, TopicLog>;
  const times = Object.fromEntries(TOPICS.map((topic) => [topic, appendTimes(db, logs[topic])])) as Record<
    Topic,
    AppendTimes
  >;
  const allPartitions = widenTo(db, partitions);
  const registry = new ConsumerRegistry(db, logs, clock);
  const waiting = waiters();
  const retention = new Retention({
    db,
    logs,
    times,
    registry,
    logger,
    retentionDays: options.retentionDays ?? 30,
    retentionBytes: options.retentionBytes ?? 2048 * MIB,
    optionalHoldDays: options.optionalHoldDays ?? 7,
  });
  const appender = new Appender({
    db,
    logs,
    times,
    clock,
    maxRecordBytes,
    partitioner: partitioner(partitions),
    onAppended: waiting.wake,
  });
  const open: { readonly group: string; readonly consumer: SqliteConsumer }[] = [];
  return {
    id: journalId(db),
    maxRecordBytes,
    append: (topic: Topic, messages: readonly JournalMessage[]) => appender.append(topic, messages),
    async consume(wanted: ConsumeOptions) {
      const { group, topics, essential } = wanted;
      const others = open.filter((one) => one.group === group).flatMap((one) => one.consumer.topics);
      await registry.register(group, [...new Set([...topics, ...others])], essential);
      const consumer: SqliteConsumer = new SqliteConsumer({
        db,
        logs,
        registry,
        waiters: waiting,
        clock,
        partitions: allPartitions,
        watchForeignMs,
        options: wanted,
        owns: (topic) =>
          open.find((one) => one.group === group && one.consumer.topics.includes(topic))?.consumer === consumer,
        raise: (topic, next) => appender.raise(topic, next),
        onClosed() {
          open.splice(
            open.findIndex((one) => one.consumer === consumer),
            1,
          );
          waiting.wake();
        },
      });
      open.push({ group, consumer });
      return consumer;
    },
    browse: async (wanted: BrowseOptions) => db.read(() => browse(logs[wanted.topic], times[wanted.topic], wanted)),
    get: async (topic, partition, offset) => db.read(() => logs[topic].record(partition, offset)),
    async consumers() {
      registry.write();
      return db.read(() => registry.statuses());
    },
    holdings: () =>
      open.flatMap(({ group, consumer }) =>
        consumer.held.map((topic) => ({ group, topic, partitions: [...Array(allPartitions).keys()] })),
      ),
    removeConsumer: async (group) => registry.remove(group),
    trim: (now: Instant) => retention.trim(now),
    async close() {
      if (!db.isOpen) return;
      await appender.finish();
      if (!db.isOpen) return;
      for (const { consumer } of [...open]) await consumer.close();
      db.close();
      waiting.wake();
    },
  };
}
