import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { Admin } from '@platformatic/kafka';
import { silentLogger } from '../../src/core/log.ts';
import { manualClock, systemClock } from '../../src/core/time.ts';
import type { JournalUnderTest } from '../../src/journal/journal.contract.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { clusterName } from '../../src/journal/kafka/cluster-topics.ts';
import { kafkaOptions } from '../../src/journal/kafka/config.ts';
import { kafkaJournal } from '../../src/journal/kafka/journal.ts';
import { TOPICS } from '../../src/journal/topics.ts';
import type { KafkaAddress } from '../servers/kafka.ts';

/** Topics and groups of their own for one test, on a broker that several share. */
export function scratchKafkaJournal({ brokers }: Pick<KafkaAddress, 'brokers'>): JournalUnderTest {
  const name = scratchName();
  const clock = manualClock(Date.UTC(2026, 6, 22, 12));
  const opened: Journal[] = [];
  const names = TOPICS.map((topic) => clusterName(name, topic));
  return {
    clock,
    async open(settings = {}) {
      const { partitions = 1, ...rest } = settings;
      // As an operator does it: the program itself never changes a topic that is there.
      if (opened.length > 0) await asOperator(brokers, (admin) => widenTo(admin, names, partitions));
      const journal = await kafkaJournal({
        kafka: kafkaOptions.parse({ brokers, topic: name, groupId: name, sessionSeconds: 60 }),
        clock,
        logger: silentLogger,
        partitions,
        ...rest,
      });
      opened.push(journal);
      return journal;
    },
    async remove() {
      for (const journal of opened) await journal.close();
      await asOperator(brokers, (admin) => admin.deleteTopics({ topics: names }));
    },
  };
}

/** A name for topics and groups that no other test has. */
export const scratchName = (): string => `t${randomUUID().slice(0, 8)}`;

/** The environment that makes the program journal on these brokers, under a name of its own. */
export const kafkaEnvironment = (brokers: string, name: string): Record<string, string> => ({
  HARMATTAN_JOURNAL_KIND: 'kafka',
  HARMATTAN_KAFKA_BROKERS: brokers,
  HARMATTAN_KAFKA_TOPIC: name,
  HARMATTAN_KAFKA_GROUP_ID: name,
});

/** A journal on topics of that name; closed when the test is over. */
export async function openScratchJournal(
  t: TestContext,
  brokers: string,
  name: string,
  partitions: number,
): Promise<Journal> {
  const kafka = kafkaOptions.parse({ brokers, topic: name, groupId: name });
  const journal = await kafkaJournal({ kafka, clock: systemClock, logger: silentLogger, partitions });
  t.after(() => journal.close());
  return journal;
}

/** What only an operator does to a cluster, and the program never. */
export async function asOperator<Result>(brokers: string, work: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = new Admin({ clientId: 'operator', bootstrapBrokers: [brokers] });
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

/** Gives topics that have fewer so many partitions. */
async function widenTo(admin: Admin, names: readonly string[], partitions: number): Promise<void> {
  const metadata = await admin.metadata({ topics: [...names], forceUpdate: true });
  const narrow = names.filter((name) => (metadata.topics.get(name)?.partitionsCount ?? partitions) < partitions);
  if (narrow.length === 0) return;
  const topics = narrow.map((name) => ({ name, count: partitions, assignments: null }));
  await admin.createPartitions({ topics, validateOnly: false });
}
