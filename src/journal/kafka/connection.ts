import { readFileSync } from 'node:fs';
import type { BaseOptions } from '@platformatic/kafka';
import { HarmattanError } from '../../core/errors.ts';
import type { KafkaOptions } from './config.ts';

/** What every client of the cluster is made with. */
export type Connection = Pick<
  BaseOptions,
  'clientId' | 'bootstrapBrokers' | 'connectTimeout' | 'retries' | 'retryDelay' | 'tls' | 'sasl'
>;

const CONNECT_TIMEOUT_MS = 5_000;
const RETRIES = 5;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 3_000;

/** The configured brokers, one `host:port` each. */
export const brokersOf = ({ brokers }: Pick<KafkaOptions, 'brokers'>): readonly string[] =>
  [brokers]
    .flat()
    .flatMap((text) => text.split(','))
    .map((one) => one.trim());

/**
 * Reads what the options name and says how to connect.
 *
 * @throws HarmattanError HMT_CONFIG_INVALID: a file cannot be read, or half of a pair of settings is missing
 */
export function connectionOf(options: KafkaOptions): Connection {
  const { tls, tlsCaFile, tlsCertFile, tlsKeyFile, saslMechanism } = options;
  return {
    clientId: 'harmattan',
    bootstrapBrokers: [...brokersOf(options)],
    connectTimeout: CONNECT_TIMEOUT_MS,
    retries: RETRIES,
    // Each pause is longer and partly chance, so that clients that lost a broker together do not come back together.
    retryDelay: (_client, _operation, attempt) =>
      Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2),
    ...(tls
      ? {
          tls: {
            ...fileOf('ca', 'kafka.tlsCaFile', tlsCaFile),
            ...fileOf('cert', 'kafka.tlsCertFile', tlsCertFile),
            ...fileOf('key', 'kafka.tlsKeyFile', tlsKeyFile),
          },
        }
      : {}),
    ...(saslMechanism === null ? {} : { sasl: loginOf(options, saslMechanism) }),
  };
}

const MECHANISMS = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const;

function loginOf({ saslUsername: username, saslPassword: password }: KafkaOptions, mechanism: keyof typeof MECHANISMS) {
  if (username === null || password === null)
    throw new HarmattanError('HMT_CONFIG_INVALID', {
      detail: 'kafka.saslMechanism needs kafka.saslUsername and kafka.saslPassword.',
      field: username === null ? 'kafka.saslUsername' : 'kafka.saslPassword',
    });
  return { mechanism: MECHANISMS[mechanism], username, password };
}

function fileOf(name: string, field: string, file: string | null): Record<string, string> {
  if (file === null) return {};
  try {
    return { [name]: readFileSync(file, 'utf8') };
  } catch (cause) {
    throw new HarmattanError('HMT_CONFIG_INVALID', { detail: `${field}: ${file} cannot be read.`, field, cause });
  }
}
