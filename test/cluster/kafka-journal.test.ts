import { after, before, test } from 'node:test';
import { journalContract } from '../../src/journal/journal.contract.ts';
import { type KafkaServer, kafkaAvailable, startKafka } from '../servers/kafka.ts';
import { skipWithout } from '../servers/tools.ts';
import { scratchKafkaJournal } from './kafka-cluster.ts';

const leftOut = skipWithout('Kafka', kafkaAvailable());
if (leftOut) test('kafka journal', { skip: leftOut }, () => {});
else {
  let kafka: KafkaServer | null = null;
  before(async () => {
    kafka = await startKafka();
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
