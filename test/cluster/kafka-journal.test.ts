import { after, before } from 'node:test';
import { journalContract } from '../../src/journal/journal.contract.ts';
import { type KafkaServer, startKafka } from '../servers/kafka.ts';
import { scratchKafkaJournal } from './kafka-cluster.ts';

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
