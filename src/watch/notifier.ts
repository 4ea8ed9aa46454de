import type { Instant } from '../core/time.ts';
import type { ChannelMessage } from './channel-message.ts';

/** The kinds of channel; at most one of each is configured. */
export const CHANNELS = ['slack', 'webhook', 'email'] as const;
export type Channel = (typeof CHANNELS)[number];

/** One message on its way to one channel. */
export interface Envelope {
  /** The same on every try of one message, and of no other message: channels that can, drop a second copy by it. */
  readonly deliveryId: string;
  /** The same for all news of one alert (`rule:scope`, at most 255 characters): what threads and pagers go by. */
  readonly dedupeKey: string;
  readonly message: ChannelMessage;
  /** What the channel said about the first message of this alert; `null` for a first message or where it says nothing. */
  readonly threadReference: string | null;
  /** When an earlier try began whose fate is unknown (a time-out, a broken connection, a killed process); or `null`. */
  readonly uncertainSinceAt: Instant | null;
}

/** What a channel says about a message that it took: its handle for editing and threading, where it has one. */
export interface Receipt {
  readonly reference: string | null;
}

/**
 * Brings one message to one channel, once per call: no retries, no pacing, no memory; the outbox does those.
 * Resolves when the channel has taken the message. Throws HarmattanError:
 * - HMT_WATCH_UNREACHABLE, HMT_WATCH_TIMEOUT, HMT_WATCH_CHANNEL_FAILED: it may or may not have arrived; try again;
 * - HMT_WATCH_RATE_LIMITED: it did not arrive; try again after `retryAfterMs`;
 * - HMT_WATCH_MESSAGE_REFUSED: this message never will, others may;
 * - HMT_WATCH_CHANNEL_REFUSED: nothing will until an operator mends the settings.
 */
export interface Notifier {
  readonly channel: Channel;
  /** Least time between the beginnings of two calls, ms. */
  readonly leastGapMs: number;
  deliver(envelope: Envelope, signal: AbortSignal): Promise<Receipt>;
}
