import { randomBytes } from 'node:crypto';
import type { Context } from '../core/context.ts';
import { HarmattanError } from '../core/errors.ts';
import { SECOND_MS } from '../core/time.ts';
import { type RoleLock, takeRole } from '../folder/role-lock.ts';
import { testNotification } from '../watch/notification.ts';
import type { Channel } from '../watch/notifier.ts';
import {
  type ChannelTerms,
  DELIVERIES,
  type Delivery,
  type DeliveryError,
  deliveryKey,
  newRowChange,
  OUTBOX,
  type OutboxRow,
  outboxKey,
  rowsFor,
} from '../watch/outbox-row.ts';
import { channelTerms, outboxOf } from './channels.ts';
import type { Workplace } from './workplace.ts';

/** What became of a test message. `waiting`: not delivered in time, and withdrawn. */
export interface TestOutcome {
  readonly channel: Channel;
  readonly deliveryId: string;
  readonly state: Delivery['state'] | 'waiting';
  readonly attempts: number;
  readonly lastError: DeliveryError | null;
}

/** A test message in the outbox. @throws HarmattanError HMT_WATCH_CHANNEL_UNKNOWN */
export async function writeTestRow(
  { store, clock }: Pick<Workplace, 'store' | 'clock'>,
  terms: readonly ChannelTerms[],
  channel: string,
): Promise<OutboxRow> {
  const wanted = terms.filter((one) => one.channel === channel);
  const [row] = rowsFor(testNotification(`test-${randomBytes(4).toString('hex')}`, clock.now()), wanted);
  if (!row) {
    const known = terms.map((one) => one.channel).join(', ') || 'none';
    throw new HarmattanError('HMT_WATCH_CHANNEL_UNKNOWN', { field: 'channel', detail: `Configured: ${known}.` });
  }
  await store.documents.commit([newRowChange(row)]);
  return row;
}

const LOOK_EVERY_MS = SECOND_MS / 5;

/**
 * Sends a test message through the outbox and waits for at most `withinMs`: delivered by the process that has the folder's
 * watch role, or by this one when nobody has it.
 */
export async function sendTestMessage(
  workplace: Workplace,
  context: Context,
  channel: string,
  withinMs: number,
): Promise<TestOutcome> {
  const { store, clock, config } = workplace;
  const row = await writeTestRow(workplace, channelTerms(config, clock), channel);
  const stop = new AbortController();
  const lock = ownRole(workplace);
  const sending = lock ? outboxOf(workplace, context, SECOND_MS).run(stop.signal) : null;
  try {
    const untilAt = clock.now() + withinMs;
    for (;;) {
      const done = await store.documents.get<Delivery>(DELIVERIES, deliveryKey(row));
      if (done) return outcome(row, done.value.state, done.value);
      if (clock.now() >= untilAt) return await withdraw(workplace, row);
      await clock.sleep(LOOK_EVERY_MS);
    }
  } finally {
    stop.abort();
    await sending;
    lock?.release();
  }
}

/** The watch role, unless another process has it. */
function ownRole({ folder, clock }: Workplace): RoleLock | null {
  try {
    return takeRole(folder, 'watch', clock);
  } catch (error) {
    if (error instanceof HarmattanError && error.code === 'HMT_FOLDER_LOCKED') return null;
    throw error;
  }
}

const outcome = (
  { channel, deliveryId }: OutboxRow,
  state: TestOutcome['state'],
  { attempts, lastError }: Pick<OutboxRow, 'attempts' | 'lastError'>,
): TestOutcome => ({ channel, deliveryId, state, attempts, lastError });

/** A test that nobody waits for any more should not arrive hours later; one that is being sent is left alone. */
async function withdraw({ store }: Workplace, row: OutboxRow): Promise<TestOutcome> {
  const key = outboxKey(row);
  const found = await store.documents.get<OutboxRow>(OUTBOX, key);
  if (found)
    await store.documents
      .commit([{ collection: OUTBOX, key, value: null, version: found.version + 1 }])
      .catch((error: unknown) => {
        if (!(error instanceof HarmattanError && error.code === 'HMT_STORE_CONFLICT')) throw error;
      });
  return outcome(row, 'waiting', found?.value ?? row);
}
