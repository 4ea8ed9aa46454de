import { HarmattanError } from '../core/errors.ts';
import { retryAfterMsIn } from '../core/retry-after.ts';
import type { Instant } from '../core/time.ts';

/** One POST to a channel. The URL may be the credential itself: it is never logged and never part of an error. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Bound on the whole exchange, headers and body. */
  readonly timeoutMs: number;
  /** What errors call the other side. */
  readonly name: string;
  readonly signal: AbortSignal;
}

/** A reply of any status, its body cut at what any channel's answer holds. */
export interface PostReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const MOST_REPLY_BYTES = 65_536;

/**
 * Sends once and reads the answer. Follows no redirect: an alert goes where the operator said and nowhere else.
 *
 * @throws HarmattanError HMT_WATCH_UNREACHABLE or HMT_WATCH_TIMEOUT; after either the message may or may not have arrived
 */
export function post({ headers, body, ...call }: Post): Promise<PostReply> {
  return exchange(call, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body,
  });
}

/** A GET whose answer must be 2xx and says nothing else. Throws as `post` and `checkStatus` do. */
export async function ask(call: Omit<Post, 'headers' | 'body'>): Promise<void> {
  checkStatus(await exchange(call, { method: 'GET' }), call.name, 0);
}

async function exchange(
  { url, timeoutMs, name, signal }: Omit<Post, 'headers' | 'body'>,
  request: RequestInit,
): Promise<PostReply> {
  const expiry = new AbortController();
  const timer = setTimeout(() => expiry.abort(), timeoutMs);
  try {
    const response = await fetch(url, {
      ...request,
      redirect: 'manual',
      signal: AbortSignal.any([expiry.signal, signal]),
    });
    const text = await firstBytes(response);
    return { status: response.status, headers: Object.fromEntries(response.headers), text };
  } catch (error) {
    if (expiry.signal.aborted)
      throw new HarmattanError('HMT_WATCH_TIMEOUT', { detail: `${name} had not answered after ${timeoutMs} ms.` });
    throw new HarmattanError('HMT_WATCH_UNREACHABLE', { detail: `${name}: ${whatHappened(error)}.` });
  } finally {
    clearTimeout(timer);
  }
}

async function firstBytes(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= MOST_REPLY_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MOST_REPLY_BYTES).toString('utf8');
}

/** The system's code where there is one: a message may quote the URL. */
function whatHappened(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && /^[A-Z0-9_]{3,60}$/.test(code)) return code;
  }
  return 'the connection ended before the answer did';
}

/** How long a busy channel asks to wait where it does not say. */
const BUSY_MS = 30_000;

/**
 * What a status says where the channel has no words of its own: 429 and 5xx pass, everything else is for the operator.
 *
 * @throws HarmattanError unless the status is 2xx
 */
export function checkStatus(reply: PostReply, name: string, now: Instant): void {
  const { status, headers } = reply;
  if (status >= 200 && status < 300) return;
  const detail = `${name} answered ${status}.`;
  const retryAfterMs = retryAfterMsIn(headers, now);
  if (status === 429)
    throw new HarmattanError('HMT_WATCH_RATE_LIMITED', { detail, retryAfterMs: retryAfterMs ?? BUSY_MS });
  if (status === 408 || status >= 500) throw new HarmattanError('HMT_WATCH_CHANNEL_FAILED', { detail, retryAfterMs });
  if (status === 400 || status === 413 || status === 422)
    throw new HarmattanError('HMT_WATCH_MESSAGE_REFUSED', { detail });
  throw new HarmattanError('HMT_WATCH_CHANNEL_REFUSED', { detail });
}
