import type { Context } from '../core/context.ts';
import { HarmattanError } from '../core/errors.ts';
import { decorrelatedDelayMs, retryAfterMsOf } from '../core/retry.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from '../core/time.ts';
import type { Store } from '../store/store.ts';
import type { ChannelMessage } from './channel-message.ts';
import type { Channel, Notifier, Receipt } from './notifier.ts';
import {
  ended,
  nextOf,
  pointlessOf,
  rowChange,
  THREADS,
  threadChange,
  threadKey,
  type Waiting,
} from './outbox-queue.ts';
import {
  type ChannelStanding,
  channelFact,
  DELIVERIES,
  type Deliverable,
  deliveryKey,
  keyOf,
  NEVER_USED,
  OUTBOX,
  type OutboxRow,
  outboxKey,
  waitingRows,
} from './outbox-row.ts';

export interface OutboxInput<Content extends Deliverable> {
  readonly store: Pick<Store, 'documents' | 'facts'>;
  readonly notifiers: readonly Notifier[];
  readonly context: Context;
  /** A notification in the words of its channel. */
  word(notification: Content, channel: Channel): ChannelMessage;
  /** How often to look for rows that another process wrote, ms; `null`: only when told. */
  readonly lookEveryMs: number | null;
}

/**
 * Brings waiting messages to their channels: at least once each, in order per alert, no faster than a channel takes
 * them, with one process at a time per folder (the `watch` role).
 *
 * A try is written down before it begins and its end after it, so a process killed between the two knows that the
 * message may have arrived. It is then sent again with the same delivery id: the webhook's receiver drops the copy by
 * `Idempotency-Key`, Slack by bot token is asked whether it has it, an e-mail has the same Message-ID. A Slack incoming
 * webhook has no means to tell: there, and only then, a message can come twice.
 */
export interface Outbox {
  /** Delivers until `signal` aborts; a call under way is called off. */
  run(signal: AbortSignal): Promise<void>;
  /** Says that there are new rows. */
  wake(): void;
}

const FIRST_DELAY_MS = 2 * SECOND_MS;
const LONGEST_DELAY_MS = 5 * MINUTE_MS;
const GIVE_UP_AFTER_MS = DAY_MS;
const KEEP_MS = 90 * DAY_MS;
/** Rows looked at in one go: memory is bounded whatever waits. */
const MOST_ROWS = 200;

export function outbox<Content extends Deliverable>(input: OutboxInput<Content>): Outbox {
  const senders = input.notifiers.map((notifier) => new Sender(input, notifier));
  return {
    async run(signal) {
      await Promise.all(senders.map((sender) => sender.run(signal)));
    },
    wake() {
      for (const sender of senders) sender.wake();
    },
  };
}

/** The sender of one channel. */
class Sender<Content extends Deliverable> {
  readonly #input: OutboxInput<Content>;
  readonly #notifier: Notifier;
  #woken = new AbortController();
  #standing: ChannelStanding | null = null;
  #delayMs = 0;
  #notBeforeAt: Instant;
  #tidyAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(input: OutboxInput<Content>, notifier: Notifier) {
    this.#input = input;
    this.#notifier = notifier;
    // The process before this one may have called a moment ago.
    this.#notBeforeAt = input.context.clock.now() + notifier.leastGapMs;
  }

  wake(): void {
    this.#woken.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#input.context;
    while (!signal.aborted) {
      this.#woken = new AbortController();
      let waitMs: number;
      try {
        waitMs = await this.#step(signal);
      } catch (error) {
        logger.warn('The outbox could not be worked on; trying again.', {
          channel: this.#channel,
          error: String(error),
        });
        waitMs = FIRST_DELAY_MS;
      }
      if (waitMs > 0) await clock.sleep(waitMs, AbortSignal.any([signal, this.#woken.signal]));
    }
  }

  get #channel(): Channel {
    return this.#notifier.channel;
  }

  /** One try at most. Returns how long to wait before the next look, ms. */
  async #step(signal: AbortSignal): Promise<number> {
    const { store, context, lookEveryMs } = this.#input;
    this.#standing ??= (await store.facts.get<ChannelStanding>(channelFact(this.#channel))) ?? NEVER_USED;
    await this.#tidy();
    const now = context.clock.now();
    const pausedUntilAt = Math.max(this.#notBeforeAt, this.#standing.pausedUntilAt ?? 0);
    const waiting = await waitingRows<Content>(store.documents, MOST_ROWS, this.#channel);
    const left = await this.#dropPointless(waiting, now);
    const next = nextOf(left, now);
    const idleMs = lookEveryMs ?? HOUR_MS;
    if (next === null) return Math.min(idleMs, ...left.map(({ row }) => row.dueAt - now).filter((ms) => ms > 0));
    if (now < pausedUntilAt) return Math.min(pausedUntilAt - now, LONGEST_DELAY_MS);
    await this.#attempt(next, signal);
    return 0;
  }

  async #attempt({ row, version }: Waiting<Content>, signal: AbortSignal): Promise<void> {
    const { store, context, word } = this.#input;
    if (await store.documents.get(DELIVERIES, deliveryKey(row))) {
      // A cut between the two halves of an end: it was delivered, only the row is left.
      await store.documents.commit([{ collection: OUTBOX, key: outboxKey(row), value: null, version: version + 1 }]);
      return;
    }
    const begunAt = context.clock.now();
    const trying = { ...row, attempts: row.attempts + 1, uncertainSinceAt: row.uncertainSinceAt ?? begunAt };
    await store.documents.commit([rowChange(trying, version + 1)]);
    this.#notBeforeAt = begunAt + this.#notifier.leastGapMs;
    const thread = await store.documents.get<string>(THREADS, threadKey(row));
    let receipt: Receipt;
    try {
      receipt = await this.#notifier.deliver(
        {
          deliveryId: row.deliveryId,
          dedupeKey: row.notification.dedupeKey,
          message: word(row.notification, this.#channel),
          threadReference: thread?.value ?? null,
          uncertainSinceAt: row.uncertainSinceAt,
        },
        signal,
      );
    } catch (error) {
      if (signal.aborted) return;
      await this.#failed(row, trying, version + 1, error);
      return;
    }
    await this.#delivered(trying, version + 1, receipt);
  }

  async #delivered(row: OutboxRow<Content>, version: number, { reference }: Receipt): Promise<void> {
    const { store, context } = this.#input;
    const at = context.clock.now();
    const threaded = reference === null ? [] : [threadChange(row, reference)];
    await store.documents.commit([...threaded, ...ended(row, version, 'delivered', at)]);
    this.#delayMs = 0;
    context.meter.count('harmattan_watch_deliveries_total', { channel: this.#channel, outcome: 'delivered' });
    const standing = this.#standing ?? NEVER_USED;
    if (standing.failingSinceAt !== null)
      context.logger.info('A channel for alerts works again.', { channel: this.#channel });
    await this.#note({ ...NEVER_USED, lastSuccessAt: at });
  }

  async #failed(
    before: OutboxRow<Content>,
    trying: OutboxRow<Content>,
    version: number,
    thrown: unknown,
  ): Promise<void> {
    const { store, context } = this.#input;
    const at = context.clock.now();
    const error = asDeliveryError(thrown, at);
    const isCertain = !UNCERTAIN.has(error.code);
    const row = {
      ...trying,
      uncertainSinceAt: isCertain ? before.uncertainSinceAt : trying.uncertainSinceAt,
      lastError: error,
    };
    const isRefused = error.code === 'HMT_WATCH_MESSAGE_REFUSED';
    const isOver = isRefused || at - row.notification.at >= GIVE_UP_AFTER_MS;
    context.meter.count('harmattan_watch_deliveries_total', {
      channel: this.#channel,
      outcome: isOver ? 'dead' : 'failed',
    });
    context.logger[isOver ? 'error' : 'warn'](
      isOver ? 'A message to a channel is given up.' : 'A message to a channel failed; trying again.',
      {
        channel: this.#channel,
        delivery: row.deliveryId,
        attempts: row.attempts,
        code: error.code,
        detail: error.detail,
      },
    );
    await store.documents.commit(isOver ? ended(row, version, 'dead', at) : [rowChange(row, version + 1)]);
    const standing = this.#standing ?? NEVER_USED;
    const givenUp = standing.givenUp + (isOver ? 1 : 0);
    if (isRefused) return await this.#note({ ...standing, lastError: error, givenUp });
    this.#delayMs = decorrelatedDelayMs(this.#delayMs, FIRST_DELAY_MS, LONGEST_DELAY_MS, context.random);
    await this.#note({
      ...standing,
      failingSinceAt: standing.failingSinceAt ?? at,
      lastError: error,
      pausedUntilAt: at + Math.max(this.#delayMs, retryAfterMsOf(thrown)),
      givenUp,
    });
  }

  /** Takes away what later news made pointless. Returns what still has to be sent. */
  async #dropPointless(waiting: readonly Waiting<Content>[], now: Instant): Promise<readonly Waiting<Content>[]> {
    const pointless = pointlessOf(waiting, now);
    for (const { row, version } of pointless)
      await this.#input.store.documents.commit(ended(row, version, 'superseded', now));
    return waiting.filter((one) => !pointless.has(one));
  }

  async #note(standing: ChannelStanding): Promise<void> {
    await this.#input.store.facts.set(channelFact(this.#channel), standing);
    this.#standing = standing;
  }

  /** Once an hour: forgets old deliveries and threads. */
  async #tidy(): Promise<void> {
    const { store, context } = this.#input;
    const now = context.clock.now();
    if (now - this.#tidyAt < HOUR_MS) return;
    this.#tidyAt = now;
    for (const collection of [DELIVERIES, THREADS]) await store.documents.drop(collection, keyOf(now - KEEP_MS), 1000);
  }
}

/** After these the message may have arrived. */
const UNCERTAIN: ReadonlySet<string> = new Set([
  'HMT_WATCH_UNREACHABLE',
  'HMT_WATCH_TIMEOUT',
  'HMT_WATCH_CHANNEL_FAILED',
]);

function asDeliveryError(thrown: unknown, at: Instant) {
  if (thrown instanceof HarmattanError) return { code: thrown.code, detail: thrown.detail ?? thrown.message, at };
  // A defect of ours in wording or sending: only this message is given up, and its text may hold anything.
  return { code: 'HMT_WATCH_MESSAGE_REFUSED' as const, detail: 'It could not be put into words.', at };
}
