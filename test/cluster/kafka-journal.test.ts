import { after, before, test } from 'node:test';
import { journalContract } from '../../src/journal/journal.contract.ts';
import { kafkaAvailable, sharedKafka } from '../servers/kafka.ts';
import { skipWithout } from '../servers/tools.ts';
import { scratchKafkaJournal } from './kafka-cluster.ts';

const leftOut = skipWithout('Kafka', kafkaAvailable());
if (leftOut) test('kafka journal', { skip: leftOut }, () => {});
else {
  let kafka: Awaited<ReturnType<typeof sharedKafka>> | null = null;
  before(async () => {
    kafka = await sharedKafka();
  });
  after(() => kafka?.stop());

  journalContract(
    'kafka journal',
    async () => {
      if (!kafka) throw new Error('Kafka did not start.');
      return scratchKafkaJournal(kafka);
    },
    { trims: false, ordersPartitions: false },
  );
}
