import type { Config } from '../config/config.ts';
import { HarmattanError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { retry } from '../core/retry.ts';
import { type Clock, SECOND_MS } from '../core/time.ts';
import type { Journal } from '../journal/journal.ts';
import { sqliteJournal } from '../journal/sqlite/journal.ts';

export interface OpenJournalInput {
  readonly config: Config;
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly watchForeignMs: number | null;
  readonly fsync: boolean;
  readonly alone: boolean;
  /** A simulated past and the demo stay in the folder, whatever is configured: their rows never enter a shared topic. */
  readonly embedded: boolean;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** Opens the configured journal. Brokers that do not answer yet are waited for as long as is configured. */
export async function openJournal(input: OpenJournalInput): Promise<Journal> {
  const { config, clock, logger } = input;
  if (input.embedded || config.journal.kind === 'sqlite') return sqliteJournal({ ...config.journal, ...input });
  // Only who uses the brokers pays for their client, in time and in memory.
  const { kafkaJournal } = await import('../journal/kafka/journal.ts');
  return retry(() => kafkaJournal({ ...config.journal, kafka: config.kafka, clock, logger }), {
    clock,
    random: Math.random,
    attempts: Number.POSITIVE_INFINITY,
    firstDelayMs: FIRST_PAUSE_MS,
    longestDelayMs: LONGEST_PAUSE_MS,
    deadlineAt: clock.now() + config.kafka.patienceSeconds * SECOND_MS,
    retryable: (error) => error instanceof HarmattanError && error.code === 'HMT_JOURNAL_UNREACHABLE',
    onRetry: (error, delayMs) =>
      logger.warn('Kafka does not answer yet; trying again.', { reason: String(error), delayMs: Math.round(delayMs) }),
  });
}
