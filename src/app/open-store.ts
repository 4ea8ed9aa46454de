import type { Config } from '../config/config.ts';
import { HarmattanError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { retry } from '../core/retry.ts';
import { type Clock, SECOND_MS } from '../core/time.ts';
import { sqliteJournalBackup } from '../journal/sqlite/backup.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import type { Store } from '../store/store.ts';
import type { Place } from '../weather/place.ts';

export interface OpenStoreInput {
  readonly config: Config;
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nature: Store['nature'];
  readonly preference: readonly string[];
  readonly watchForeignMs: number | null;
  readonly fsync: boolean;
  readonly alone: boolean;
  /** A simulated past and the demo stay in the folder, whatever is configured: their rows never enter a shared database. */
  readonly embedded: boolean;
  /** What is known about a place when a row is written. */
  readonly placeOf: (placeId: string) => Place | null;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** Opens the configured store. A database that does not answer yet is waited for as long as is configured. */
export async function openStore(input: OpenStoreInput): Promise<Store> {
  const { config, folder, clock, logger } = input;
  if (input.embedded || config.store.kind === 'sqlite')
    return sqliteStore({
      ...config.store,
      ...input,
      backupAlso: (file, onProgress) => sqliteJournalBackup({ folder, file, onProgress }),
    });
  if (config.store.backupFolder !== null)
    throw new HarmattanError('HMT_CONFIG_INVALID', {
      detail: 'store.backupFolder goes with store.kind "sqlite"; MongoDB is backed up with its own tools.',
      field: 'store.backupFolder',
    });
  // Only who uses the database pays for its client, in time and in memory.
  const { mongodbStore } = await import('../store/mongodb/store.ts');
  return retry(() => mongodbStore({ ...config.store, ...input, mongodb: config.mongodb }), {
    clock,
    random: Math.random,
    attempts: Number.POSITIVE_INFINITY,
    firstDelayMs: FIRST_PAUSE_MS,
    longestDelayMs: LONGEST_PAUSE_MS,
    deadlineAt: clock.now() + config.mongodb.patienceSeconds * SECOND_MS,
    retryable: (error) => error instanceof HarmattanError && error.code === 'HMT_STORE_UNREACHABLE',
    onRetry: (error, delayMs) =>
      logger.warn('MongoDB does not answer yet; trying again.', {
        reason: String(error),
        delayMs: Math.round(delayMs),
      }),
  });
}
