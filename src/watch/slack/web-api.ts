import { HarmattanError } from '../../core/errors.ts';
import { type Clock, SECOND_MS } from '../../core/time.ts';
import { checkStatus, post } from '../post.ts';
import type { SlackOptions } from './config.ts';

/** Slack's Web API, as far as messages need it. */
export interface SlackApi {
  /** Calls a method that writes and gives its answer. Throws what `Notifier` throws. */
  write(method: string, body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Answer>;
  /** The same for a method that reads: those take forms, not JSON. */
  read(method: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer>;
}

type Answer = Readonly<Record<string, unknown>>;

/** Errors that are about this one message. https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const ABOUT_THE_MESSAGE = new Set([
  'cant_update_message',
  'edit_window_closed',
  'invalid_arguments',
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_metadata_format',
  'message_not_found',
  'msg_blocks_too_long',
  'msg_too_long',
  'no_text',
  'thread_not_found',
]);
/** Errors that pass by themselves. */
const PASSING = new Set([
  'fatal_error',
  'internal_error',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
]);

export interface SlackApiOptions extends Pick<SlackOptions, 'apiUrl' | 'timeoutMs'> {
  readonly botToken: string;
  readonly clock: Clock;
}

export function slackApi({ apiUrl, botToken, timeoutMs, clock }: SlackApiOptions): SlackApi {
  const call = async (method: string, type: string, body: string, signal: AbortSignal): Promise<Answer> => {
    const name = `Slack's ${method}`;
    const reply = await post({
      url: `${apiUrl.replace(/\/$/, '')}/${method}`,
      headers: { authorization: `Bearer ${botToken}`, 'content-type': `${type}; charset=utf-8` },
      body,
      timeoutMs,
      name,
      signal,
    });
    checkStatus(reply, name, clock.now());
    const answer = parsed(reply.text);
    if (answer.ok !== true) throw refusal(name, answer.error);
    return answer;
  };
  return {
    write: (method, body, signal) => call(method, 'application/json', JSON.stringify(body), signal),
    read: (method, query, signal) =>
      call(method, 'application/x-www-form-urlencoded', new URLSearchParams(query).toString(), signal),
  };
}

/** How long a busy Slack is left alone where it does not say. */
const BUSY_MS = 30 * SECOND_MS;

function refusal(name: string, error: unknown): HarmattanError {
  const said = typeof error === 'string' && /^[a-z_]{1,60}$/.test(error) ? error : 'nothing we know';
  const detail = `${name} says ${said}.`;
  if (said === 'ratelimited' || said === 'rate_limited')
    return new HarmattanError('HMT_WATCH_RATE_LIMITED', { detail, retryAfterMs: BUSY_MS });
  if (ABOUT_THE_MESSAGE.has(said)) return new HarmattanError('HMT_WATCH_MESSAGE_REFUSED', { detail });
  return new HarmattanError(PASSING.has(said) ? 'HMT_WATCH_CHANNEL_FAILED' : 'HMT_WATCH_CHANNEL_REFUSED', { detail });
}

/** @throws HarmattanError HMT_WATCH_CHANNEL_FAILED for an answer that is not Slack's: it may have been cut off */
function parsed(text: string): Answer {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {}
  throw new HarmattanError('HMT_WATCH_CHANNEL_FAILED', { detail: 'The answer is not JSON.' });
}
