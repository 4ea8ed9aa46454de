import { HarmattanError } from '../core/errors.ts';
import { isTlsFailure } from '../core/tls-failure.ts';
import type { Transport, TransportReply, TransportRequest } from '../core/transport.ts';

const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers that say nothing worth keeping from a stranger; all others may be a credential. */
const PUBLIC_HEADERS = new Set(['accept', 'accept-encoding', 'accept-language', 'if-modified-since', 'user-agent']);

/**
 * The real transport: the platform's `fetch`, one GET with a bound on its whole time and on the size of its body after
 * decompression. Errors name the host and what happened, never a path or query, because those may hold a key.
 */
export function fetchTransport(): Transport {
  return async (request) => {
    const url = parsed(request.url);
    const expiry = new AbortController();
    const timer = setTimeout(() => expiry.abort(), request.timeoutMs);
    const signal = request.signal ? AbortSignal.any([expiry.signal, request.signal]) : expiry.signal;
    try {
      return await exchange(url, request, signal);
    } catch (error) {
      if (error instanceof HarmattanError) throw error;
      if (request.signal?.aborted)
        throw new HarmattanError('HMT_POLL_UNREACHABLE', { detail: `The call to ${url.host} was called off.` });
      if (expiry.signal.aborted)
        throw new HarmattanError('HMT_POLL_TIMEOUT', {
          detail: `${url.host} had not answered in full after ${request.timeoutMs} ms.`,
        });
      const reason = whatHappened(error);
      throw new HarmattanError(isTlsFailure(reason) ? 'HMT_POLL_TLS' : 'HMT_POLL_UNREACHABLE', {
        detail: `${url.host}: ${reason}.`,
      });
    } finally {
      clearTimeout(timer);
    }
  };
}

function parsed(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new HarmattanError('HMT_POLL_UNREACHABLE', { detail: 'The address is not an http or https URL.' });
  return url;
}

/** Follows redirects itself: `fetch` would carry an `X-Api-Key` to whatever host it is sent to. */
async function exchange(first: URL, request: TransportRequest, signal: AbortSignal): Promise<TransportReply> {
  let url = first;
  for (let hops = 0; ; hops++) {
    const headers = sameSite(first, url) ? request.headers : publicOnly(request.headers);
    const response = await fetch(url, { headers, signal, redirect: 'manual' });
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
    if (location === null) return await replyOf(response, url, request.maxBytes);
    await response.body?.cancel();
    if (hops === MOST_REDIRECTS)
      throw new HarmattanError('HMT_POLL_UNREACHABLE', { detail: `${first.host} redirects without end.` });
    const next = URL.canParse(location, url) ? new URL(location, url) : null;
    if (next === null || !/^https?:$/.test(next.protocol) || (url.protocol === 'https:' && next.protocol === 'http:'))
      throw new HarmattanError('HMT_POLL_UNREACHABLE', {
        detail: `${url.host} redirects to an address that is not safe to follow.`,
      });
    url = next;
  }
}

/** Equal hosts, or siblings under one registered name, as `api.` and `customer-api.open-meteo.com` are. */
function sameSite(one: URL, other: URL): boolean {
  if (one.host === other.host) return true;
  const site = (url: URL) => url.hostname.split('.').slice(-2).join('.');
  return /[a-z]$/i.test(one.hostname) && one.hostname.includes('.') && site(one) === site(other);
}

function publicOnly(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => PUBLIC_HEADERS.has(name.toLowerCase())));
}

async function replyOf(response: Response, url: URL, maxBytes: number): Promise<TransportReply> {
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    headers[name.toLowerCase()] = value;
  });
  return { status: response.status, headers, body: await bodyOf(response, url, maxBytes) };
}

async function bodyOf(response: Response, url: URL, maxBytes: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop by the throw cancels the stream, so the rest of an endless body is never read.
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes)
      throw new HarmattanError('HMT_POLL_BODY_TOO_LARGE', {
        detail: `${url.host} sent more than ${maxBytes} bytes; the rest was not read.`,
      });
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The system's or the TLS library's code where there is one; messages may quote the URL and are not passed on. */
function whatHappened(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && /^[A-Z0-9_]{3,60}$/.test(code)) return code;
  }
  return error instanceof TypeError && error.message === 'terminated'
    ? 'the connection ended inside the answer'
    : 'the connection failed';
}
