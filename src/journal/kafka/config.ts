import { z } from 'zod';

const BROKER = /^(\[[0-9a-fA-F:]+\]|[^\s,:[\]]+)(:\d{1,5})?$/;

const brokerList = z
  .string()
  .refine(
    (text) => text.split(',').every((one) => BROKER.test(one.trim())),
    'must be host:port, or several with commas',
  );

const path = z.string().min(1).nullable().default(null);

/** Options of Apache Kafka (`kafka` in the configuration); they count where `journal.kind` is "kafka". */
export const kafkaOptions = z.strictObject({
  brokers: z
    .union([brokerList, z.array(brokerList).min(1)])
    .default('127.0.0.1:9092')
    .describe('Brokers to begin with, host:port; several with commas or as a list. The others are found through them.'),
  topic: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,200}$/, 'must be a topic name of Kafka')
    .default('openweathermap')
    .describe('The topic of readings. Forecasts go on <topic>.forecasts, outcomes of polls on <topic>.polls.'),
  groupId: z
    .string()
    .regex(/^[^\s]{1,200}$/, 'must be a name without spaces')
    .default('harmattan')
    .describe('Consumer groups begin with it: <groupId>.process, <groupId>.index.'),
  createTopics: z
    .boolean()
    .default(true)
    .describe('Whether topics that are absent are made. false: they must be there.'),
  partitions: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .nullable()
    .default(null)
    .describe(
      'How many partitions each topic must have. null: an existing topic is used as it is, and a new one gets journal.partitions.',
    ),
  replicationFactor: z
    .number()
    .int()
    .min(1)
    .max(32)
    .nullable()
    .default(null)
    .describe("How many brokers keep a new topic's records. null: as the brokers are configured."),
  compression: z
    .enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
    .default('gzip')
    .describe('How records are compressed; every client can read gzip.'),
  patienceSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(15)
    .describe('How long a start waits for brokers that do not answer before it gives up.'),
  sessionSeconds: z
    .number()
    .min(6)
    .max(300)
    .default(10)
    .describe('After how long without a sign of life the others of its group take over the work of a process.'),
  stuckSeconds: z
    .number()
    .min(10)
    .max(86_400)
    .default(300)
    .describe(
      'After how long with the same records in hand a process gives its partitions to the others of its group.',
    ),
  tls: z.boolean().default(false).describe('Whether connections are encrypted.'),
  tlsCaFile: path.describe('Certificates of the authorities to trust, PEM. null: those that Node trusts.'),
  tlsCertFile: path.describe("The client's own certificate, PEM, where the brokers ask for one."),
  tlsKeyFile: path.describe('The key of the client certificate, PEM.'),
  saslMechanism: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .nullable()
    .default(null)
    .describe('How the client logs in. null: it does not.'),
  saslUsername: z.string().min(1).nullable().default(null).describe('The user that logs in.'),
  saslPassword: z.string().min(1).nullable().default(null).meta({ secret: true }).describe('Its password.'),
});

export type KafkaOptions = z.infer<typeof kafkaOptions>;
