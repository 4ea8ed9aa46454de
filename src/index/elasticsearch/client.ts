import { HarmattanError } from '../../core/errors.ts';
import { retryAfterMsIn } from '../../core/retry-after.ts';
import type { Clock } from '../../core/time.ts';
import type { ElasticsearchOptions } from './config.ts';

/** One call of the engine's HTTP API. */
export interface EngineCall {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** With its query: `/_bulk?filter_path=errors`. */
  readonly path: string;
  /** JSON, or with `ndjson` lines of it. */
  readonly body?: string;
  readonly ndjson?: boolean;
  readonly signal: AbortSignal;
}

/** An answer that is no failure of the engine: 2xx, and the 4xx that the caller is to judge. */
export interface EngineReply {
  readonly status: number;
  readonly body: unknown;
}

/** Speaks to Elasticsearch or OpenSearch. Errors never hold a credential. */
export interface EngineClient {
  /** Resolves for 2xx, 400, 404, 409 and 413; every other status and every failure on the way is thrown. */
  call(call: EngineCall): Promise<EngineReply>;
}

export type EngineClientOptions = Pick<
  ElasticsearchOptions,
  'url' | 'username' | 'password' | 'apiKey' | 'timeoutMs'
> & { readonly clock: Clock };

/** Far more than any answer to what is asked here. */
const MOST_REPLY_BYTES = 64 * 1024 * 1024;
const JUDGED_BY_CALLER = new Set([400, 404, 409, 413]);
/** The engine, or a proxy before it, is too busy: the same again may be taken. */
export const BUSY_STATUSES: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

export function engineClient(options: EngineClientOptions): EngineClient {
  const { timeoutMs, clock } = options;
  const root = options.url.replace(/\/+$/, '');
  const { host } = new URL(root);
  const authorization = authorizationOf(options);

  return {
    async call({ method, path, body, ndjson = false, signal }) {
      const expiry = AbortSignal.timeout(timeoutMs);
      try {
        const response = await fetch(`${root}${path}`, {
          method,
          headers: {
            accept: 'application/json',
            ...(body === undefined ? {} : { 'content-type': ndjson ? 'application/x-ndjson' : 'application/json' }),
            ...(authorization === null ? {} : { authorization }),
          },
          ...(body === undefined ? {} : { body }),
          // A redirect would carry the credential elsewhere.
          redirect: 'manual',
          signal: AbortSignal.any([signal, expiry]),
        });
        const text = await textOf(response, host);
        if (response.ok) return { status: response.status, body: parsed(text, host) };
        if (JUDGED_BY_CALLER.has(response.status)) return { status: response.status, body: jsonOrNull(text) };
        throw failureOf(response, text, host, clock);
      } catch (error) {
        if (error instanceof HarmattanError) throw error;
        if (signal.aborted)
          throw new HarmattanError('HMT_INDEX_UNREACHABLE', { detail: `The call to ${host} was called off.` });
        if (expiry.aborted)
          throw new HarmattanError('HMT_INDEX_TIMEOUT', {
            detail: `${host} had not answered in full after ${timeoutMs} ms.`,
          });
        throw new HarmattanError('HMT_INDEX_UNREACHABLE', { detail: `${host}: ${whatHappened(error)}.` });
      }
    },
  };
}

function authorizationOf({ username, password, apiKey }: EngineClientOptions): string | null {
  if (apiKey !== null) return `ApiKey ${apiKey}`;
  if (username === null) return null;
  return `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
}

async function textOf(response: Response, host: string): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > MOST_REPLY_BYTES) throw notAnEngine(host, `it sent more than ${MOST_REPLY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parsed(text: string, host: string): unknown {
  const body = jsonOrNull(text);
  if (body === null) throw notAnEngine(host, 'its answer is not JSON');
  return body;
}

/** A proxy on the way answers errors in HTML. */
function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const notAnEngine = (host: string, why: string) =>
  new HarmattanError('HMT_INDEX_NOT_AN_ENGINE', { detail: `${host}: ${why}.` });

function failureOf(response: Response, text: string, host: string, clock: Clock): HarmattanError {
  const { status } = response;
  const reason = reasonOf(errorOf(jsonOrNull(text))) ?? `status ${status}`;
  if (isBlock(reason)) return new HarmattanError('HMT_INDEX_BLOCKED', { detail: `${host}: ${reason}.` });
  if (status === 401 || status === 403)
    return new HarmattanError('HMT_INDEX_CREDENTIALS', { detail: `${host} answered ${status}.` });
  if (BUSY_STATUSES.has(status))
    return new HarmattanError('HMT_INDEX_BUSY', {
      detail: `${host} answered ${status}.`,
      retryAfterMs: retryAfterMsIn(Object.fromEntries(response.headers), clock.now()),
    });
  if (status >= 300 && status < 400) return notAnEngine(host, 'it sends elsewhere (a redirect)');
  return new HarmattanError('HMT_INDEX_REFUSED', { detail: `${host}: ${reason}.` });
}

/** The `error` of an answer, whatever the answer is. */
export const errorOf = (body: unknown): unknown => (body as { error?: unknown } | null)?.error;

/** The engine's own words for an error, with the innermost cause: one sentence without its end. */
export function reasonOf(error: unknown): string | null {
  if (typeof error === 'string') return error.slice(0, 300);
  if (typeof error !== 'object' || error === null) return null;
  const { type, reason, caused_by: cause } = error as { type?: unknown; reason?: unknown; caused_by?: unknown };
  const own = typeof reason === 'string' ? reason : typeof type === 'string' ? type : null;
  const inner = reasonOf(cause);
  const whole = own !== null && inner !== null && inner !== own ? `${own}: ${inner}` : (own ?? inner);
  return whole === null ? null : whole.replaceAll(/\s+/g, ' ').replace(/\.$/, '').slice(0, 300);
}

/** @throws HarmattanError HMT_INDEX_REFUSED for an answer that is not 2xx, with the engine's reason */
export function refuseUnless({ status, body }: EngineReply, what: string): void {
  if (status < 300) return;
  throw new HarmattanError('HMT_INDEX_REFUSED', {
    detail: `${what}: ${reasonOf(errorOf(body)) ?? `status ${status}`}.`,
  });
}

/** A block that an operator or a full disk put on an index, or a cluster without its manager. */
export const isBlock = (reason: string): boolean => /^(index \[[^\]]*\] )?blocked by: \[/.test(reason);

/** The system's or the TLS library's code where there is one; messages may quote the URL and are not passed on. */
function whatHappened(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && /^[A-Z0-9_]{3,60}$/.test(code)) return code;
  }
  return 'the connection failed';
}
