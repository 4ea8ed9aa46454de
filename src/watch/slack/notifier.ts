import { HarmattanError } from '../../core/errors.ts';
import { type Clock, MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import type { Envelope, Notifier, Receipt } from '../notifier.ts';
import { checkStatus, post } from '../post.ts';
import { slackBody } from './blocks.ts';
import type { SlackOptions } from './config.ts';
import { type SlackApi, slackApi } from './web-api.ts';

/** Slack takes about one message a second per channel. https://docs.slack.dev/apis/web-api/rate-limits */
const LEAST_GAP_MS = SECOND_MS;

/** The Slack channel as configured: by bot token where there is one, else by incoming webhook; `null` without either. */
export function slackNotifier(options: SlackOptions, clock: Clock): Notifier | null {
  const { botToken, channel, webhookUrl } = options;
  if (botToken !== null && channel !== null)
    return botNotifier(options, slackApi({ ...options, botToken, clock }), channel);
  return webhookUrl === null ? null : webhookNotifier(options, webhookUrl, clock);
}

/** A webhook neither edits nor threads, and nothing tells whether a lost call arrived: then the message may come twice. */
function webhookNotifier(options: SlackOptions, url: string, clock: Clock): Notifier {
  return {
    channel: 'slack',
    leastGapMs: LEAST_GAP_MS,
    async deliver({ message }, signal) {
      const body = JSON.stringify(slackBody(message, options.format));
      const reply = await post({ url, headers: {}, body, timeoutMs: options.timeoutMs, name: 'Slack', signal });
      if (
        /^(invalid_payload|no_text|missing_text_or_fallback_or_attachments|too_many_attachments|invalid_blocks)/.test(
          reply.text,
        )
      )
        throw new HarmattanError('HMT_WATCH_MESSAGE_REFUSED', { detail: `Slack says ${word(reply.text)}.` });
      if (reply.status >= 400 && reply.status < 429)
        throw new HarmattanError('HMT_WATCH_CHANNEL_REFUSED', {
          detail: `Slack says ${word(reply.text) || reply.status}.`,
        });
      checkStatus(reply, 'Slack', clock.now());
      return { reference: null };
    },
  };
}

/** Slack's error words only: whatever else stands there may be a proxy's page. */
const word = (text: string): string => /^[a-z_]{1,60}$/.exec(text.trim())?.[0] ?? '';

const METADATA = 'harmattan_alert';

/** Edits the first message of an alert and threads the rest below it; looks a message up before sending it again. */
function botNotifier(options: SlackOptions, api: SlackApi, channel: string): Notifier {
  const sendNew = async (envelope: Envelope, thread: Reference | null, signal: AbortSignal): Promise<Receipt> => {
    const found = envelope.uncertainSinceAt === null ? null : await lookUp(api, envelope, thread, channel, signal);
    if (found !== null) return receipt(thread ?? found);
    const sent = await api.write(
      'chat.postMessage',
      {
        ...slackBody(envelope.message, options.format),
        channel: thread?.channel ?? channel,
        ...(thread ? { thread_ts: thread.ts, reply_broadcast: envelope.message.news === 'reminder' } : {}),
        metadata: {
          event_type: METADATA,
          event_payload: { delivery_id: envelope.deliveryId, dedup_key: envelope.dedupeKey },
        },
      },
      signal,
    );
    return receipt(thread ?? { channel: text(sent.channel), ts: text(sent.ts) });
  };
  return {
    channel: 'slack',
    leastGapMs: LEAST_GAP_MS,
    async deliver(envelope, signal) {
      const first = referenceOf(envelope.threadReference);
      if (first === null) return sendNew(envelope, null, signal);
      try {
        const { channel: where, ts } = first;
        await api.write('chat.update', { ...slackBody(envelope.message, options.format), channel: where, ts }, signal);
      } catch (error) {
        // Somebody deleted it, or it is too old to be edited: the news is a message of its own then.
        if (error instanceof HarmattanError && error.code === 'HMT_WATCH_MESSAGE_REFUSED')
          return sendNew(envelope, null, signal);
        throw error;
      }
      return sendNew(envelope, first, signal);
    },
  };
}

interface Reference {
  readonly channel: string;
  readonly ts: string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const receipt = ({ channel, ts }: Reference): Receipt => ({ reference: ts === '' ? null : `${channel} ${ts}` });

function referenceOf(reference: string | null): Reference | null {
  const [channel, ts] = reference?.split(' ') ?? [];
  return channel && ts ? { channel, ts } : null;
}

/** Slack's clock and ours may differ by this much. */
const SKEW_MS = 2 * MINUTE_MS;

/** The message, if an earlier try arrived after all; `null` when it is not there or the token may not look. */
async function lookUp(
  api: SlackApi,
  { deliveryId, uncertainSinceAt }: Envelope,
  thread: Reference | null,
  channel: string,
  signal: AbortSignal,
): Promise<Reference | null> {
  const where = thread?.channel ?? channel;
  const window = {
    oldest: String(((uncertainSinceAt ?? 0) - SKEW_MS) / SECOND_MS),
    limit: '200',
    include_all_metadata: 'true',
  };
  try {
    const { messages } = thread
      ? await api.read('conversations.replies', { channel: where, ts: thread.ts, ...window }, signal)
      : await api.read('conversations.history', { channel: where, ...window }, signal);
    const ours = (Array.isArray(messages) ? messages : []).find(
      (one) => one?.metadata?.event_payload?.delivery_id === deliveryId,
    );
    return ours ? { channel: where, ts: text(ours.ts) } : null;
  } catch (error) {
    if (error instanceof HarmattanError && !error.retryable) return null;
    throw error;
  }
}
