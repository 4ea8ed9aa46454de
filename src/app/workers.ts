import type { Context } from '../core/context.ts';
import { ERRORS, HarmattanError } from '../core/errors.ts';
import { type Instant, MINUTE_MS, SECOND_MS } from '../core/time.ts';
import type { Role } from '../folder/role-lock.ts';
import type { Holding } from '../journal/journal.ts';
import type { DocumentStore } from '../store/document-store.ts';
import type { Workplace } from './workplace.ts';

/** Which process this is, among those that work on one store. */
export interface WorkerName {
  readonly host: string;
  readonly pid: number;
}

/** What a process last said of itself. */
export interface Worker extends WorkerName {
  readonly roles: readonly Role[];
  readonly startedAt: Instant;
  readonly seenAt: Instant;
  /** The partitions that it reads. */
  readonly holdings: readonly Holding[];
}

const COLLECTION = 'workers';
/** How often a process says that it lives. */
const EVERY_MS = 10 * SECOND_MS;
/** A process that has said nothing for so long is not counted any more; its document goes much later. */
const GONE_AFTER_MS = 30 * SECOND_MS;
const FORGOTTEN_AFTER_MS = 60 * MINUTE_MS;
const MOST_WORKERS = 1000;

const keyOf = ({ host, pid }: WorkerName) => `${host.replaceAll(/[^A-Za-z0-9-_.]/g, '-')}/${pid}`;

/** The processes that work on the store at `now`, whatever folder or machine they have. */
export async function workersOf(documents: DocumentStore, now: Instant): Promise<readonly Worker[]> {
  const { items } = await documents.list<Worker>(COLLECTION, { limit: MOST_WORKERS });
  return items.map(({ value }) => value).filter(({ seenAt }) => now - seenAt <= GONE_AFTER_MS);
}

/**
 * Says every ten seconds that this process lives and what it reads, until `signal` aborts, and then that it is gone. Warns
 * when another polls as well: nothing is doubled by it, but every provider is asked twice.
 */
export async function tellOfWorker(
  { journal, store }: Pick<Workplace, 'journal' | 'store'>,
  name: WorkerName,
  roles: readonly Role[],
  { clock, logger }: Context,
  signal: AbortSignal,
): Promise<void> {
  const { documents } = store;
  const startedAt = clock.now();
  const key = keyOf(name);
  let others = '';
  while (!signal.aborted) {
    try {
      const seenAt = clock.now();
      const worker: Worker = { ...name, roles, startedAt, seenAt, holdings: journal.holdings() };
      await write(documents, key, worker);
      await forget(documents, seenAt);
      const polling = roles.includes('poll') ? await otherPollers(documents, name, seenAt) : '';
      if (polling !== '' && polling !== others)
        logger.warn(ERRORS.HMT_POLL_TWICE.meaning, {
          code: 'HMT_POLL_TWICE',
          cure: ERRORS.HMT_POLL_TWICE.cure,
          others: polling,
        });
      others = polling;
    } catch (error) {
      if (!(error instanceof HarmattanError)) throw error;
      logger.debug('This process could not be told of.', { code: error.code });
    }
    await clock.sleep(EVERY_MS, signal);
  }
  await write(documents, key, null).catch(() => {});
}

async function otherPollers(documents: DocumentStore, { host, pid }: WorkerName, now: Instant): Promise<string> {
  const workers = await workersOf(documents, now);
  return workers
    .filter((one) => one.roles.includes('poll') && !(one.host === host && one.pid === pid))
    .map((one) => `${one.host}/${one.pid}`)
    .join(', ');
}

async function forget(documents: DocumentStore, now: Instant): Promise<void> {
  const { items } = await documents.list<Worker>(COLLECTION, { limit: MOST_WORKERS });
  for (const { key, version, value } of items)
    if (now - value.seenAt > FORGOTTEN_AFTER_MS)
      await documents.commit([{ collection: COLLECTION, key, version: version + 1, value: null }]);
}

/** Only this process writes its document, so the stored version is the one before. */
async function write(documents: DocumentStore, key: string, value: Worker | null): Promise<void> {
  const version = ((await documents.get(COLLECTION, key))?.version ?? 0) + 1;
  if (value === null && version === 1) return;
  await documents.commit([{ collection: COLLECTION, key, version, value }]);
}
