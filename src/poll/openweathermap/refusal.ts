import { type ErrorCode, HarmattanError } from '../../core/errors.ts';
import { retryAfterMsIn } from '../../core/retry-after.ts';
import type { Scrubber } from '../../core/scrub.ts';
import { floorTo, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import type { TransportReply } from '../../core/transport.ts';
import { membersOf, numberIn } from '../undecodable.ts';
import type { Product } from './request.ts';

/** A new key opens nothing for this long; until then its refusals read like those of a wrong key. */
const ACTIVATION_MS = 2 * HOUR_MS;
const ACTIVATION_RETRY_MS = 10 * MINUTE_MS;
const KEY_FORM = /^[0-9a-f]{32}$/i;

/**
 * What is known about a key besides the provider's word. A wrong key and one that is not active yet get the very same
 * 401, so the difference is inferred: a key that is not 32 hexadecimal digits, or that opened the product before, or
 * that has been refused for two hours, is refused for good; any other may be new.
 */
export class KeyHistory {
  readonly #wellFormed: boolean;
  readonly #opened = new Set<Product>();
  #firstRefusedAt: Instant | null = null;

  constructor(key: string) {
    this.#wellFormed = KEY_FORM.test(key);
  }

  accepted(product: Product): void {
    this.#opened.add(product);
    this.#firstRefusedAt = null;
  }

  /** What "Invalid API key" means when `product` says it at `now`. */
  meaningOfRefusal(product: Product, now: Instant): ErrorCode {
    // A key that opens another product is a good key.
    if (this.#opened.size > 0) return this.#opened.has(product) ? 'HMT_POLL_KEY_REFUSED' : 'HMT_POLL_NOT_SUBSCRIBED';
    if (!this.#wellFormed) return 'HMT_POLL_KEY_REFUSED';
    // A clock set back must not make an old refusal younger for ever.
    if (this.#firstRefusedAt === null || now < this.#firstRefusedAt) this.#firstRefusedAt = now;
    return now - this.#firstRefusedAt < ACTIVATION_MS ? 'HMT_POLL_KEY_INACTIVE' : 'HMT_POLL_KEY_REFUSED';
  }
}

/** The status that a reply means: a body's own `cod`, a number or a string, counts where the reply says 200. */
function effectiveStatus(reply: TransportReply, parsed: unknown): number {
  const { cod } = membersOf(parsed) ?? {};
  const inside = typeof cod === 'string' && /^\d{3}$/.test(cod) ? Number(cod) : numberIn(cod);
  const good = reply.status >= 200 && reply.status < 300;
  return good && inside !== null && inside >= 400 && inside < 600 ? inside : reply.status;
}

/** The failure that a reply is; `null` for one that holds an answer. `parsed`: its body as JSON, `null` if it is none. */
export function refusalOf(
  reply: TransportReply,
  parsed: unknown,
  now: Instant,
  about: { readonly product: Product; readonly key: KeyHistory; readonly scrubber: Scrubber },
): HarmattanError | null {
  const status = effectiveStatus(reply, parsed);
  if (status >= 200 && status < 300) return null;
  const message = membersOf(parsed)?.message;
  const text = typeof message === 'string' ? message : '';
  const code = codeOf(status, text, parsed, about, now);
  const said = text === '' ? '' : `: ${about.scrubber.text(text).slice(0, 300)}`;
  return new HarmattanError(code, {
    detail: `OpenWeatherMap ${about.product} answered ${status}${said}`,
    retryAfterMs: retryAfterMsIn(reply.headers, now) ?? computedWaitMs(code, about.product, now),
  });
}

function codeOf(
  status: number,
  text: string,
  parsed: unknown,
  { product, key }: { readonly product: Product; readonly key: KeyHistory },
  now: Instant,
): ErrorCode {
  if (status === 401)
    return /subscription/i.test(text) ? 'HMT_POLL_NOT_SUBSCRIBED' : key.meaningOfRefusal(product, now);
  if (status === 403) return 'HMT_POLL_FORBIDDEN';
  if (status === 429) return 'HMT_POLL_RATE_LIMITED';
  // "Internal error" under 404 is what a path that does not exist gets; so does a page from elsewhere.
  if (status === 404 && membersOf(parsed) && !/^internal error$/i.test(text)) return 'HMT_POLL_NO_DATA';
  if (status >= 400 && status < 500 && status !== 408) return 'HMT_POLL_BAD_REQUEST';
  return 'HMT_POLL_PROVIDER_FAILED';
}

/**
 * The wait that follows from the documented limits. 2.5 counts by the minute. 3.0 and 4.0 count by the day, but their
 * 429 does not say that it is the day's limit and is known to come without reason: there nothing can be computed.
 */
function computedWaitMs(code: ErrorCode, product: Product, now: Instant): number | null {
  if (code === 'HMT_POLL_KEY_INACTIVE') return ACTIVATION_RETRY_MS;
  if (code === 'HMT_POLL_RATE_LIMITED' && product === '2.5') return floorTo(now, MINUTE_MS) + MINUTE_MS - now;
  return null;
}
