import { HarmattanError } from '../../core/errors.ts';
import { type Scrubber, scrubber } from '../../core/scrub.ts';
import type { Instant } from '../../core/time.ts';
import { userAgent } from '../../core/user-agent.ts';
import type { SourceContext } from '../source.ts';
import { parseBody, UndecodableError } from '../undecodable.ts';
import type { OpenWeatherMapOptions } from './config.ts';
import { type DecodedAnswer, decodeAnswer } from './decode.ts';
import { KeyHistory, refusalOf } from './refusal.ts';
import { type Addresses, addresses, type Product } from './request.ts';

const MOST_BYTES = 4 * 1024 * 1024;

/** One question to one product. */
export interface Question {
  readonly product: Product;
  readonly url: (to: Addresses) => string;
  /** Records of a list from this instant on are forecasts. */
  readonly forecastFrom: Instant;
}

/** Asks the provider and reads its answers. Everything it throws and keeps is scrubbed of the key. */
export interface Client {
  readonly scrubber: Scrubber;
  readonly key: KeyHistory;
  /** @throws HarmattanError HMT_POLL_*; UndecodableError */
  ask(question: Question, context: SourceContext): Promise<DecodedAnswer & { readonly receivedAt: Instant }>;
}

/** A client with the key of `options`. */
export function openWeatherMapClient(options: OpenWeatherMapOptions): Client {
  const key = options.key ?? '';
  const scrub = scrubber([key]);
  const history = new KeyHistory(key);
  const to = addresses(options.baseUrl, key);
  const headers = { 'user-agent': userAgent(options.contact), accept: 'application/json' };
  return {
    scrubber: scrub,
    key: history,
    async ask({ product, url, forecastFrom }, { transport, signal, clock }) {
      if (key === '')
        throw new HarmattanError('HMT_POLL_KEY_REFUSED', {
          detail: 'No key is configured: set openweathermap.key or HARMATTAN_OPENWEATHERMAP_KEY.',
          field: 'openweathermap.key',
        });
      const reply = await transport({
        url: url(to),
        headers,
        timeoutMs: options.timeoutMs,
        maxBytes: MOST_BYTES,
        signal,
      });
      const receivedAt = clock.now();
      const good = reply.status >= 200 && reply.status < 300;
      const parsed = good ? parseBody(reply.body, scrub) : jsonOrNull(reply.body);
      const refusal = refusalOf(reply, parsed, receivedAt, { product, key: history, scrubber: scrub });
      if (refusal) throw refusal;
      history.accepted(product);
      const answer = decodeAnswer(parsed, forecastFrom);
      if (typeof answer === 'string') throw new UndecodableError(answer, reply.body, scrub);
      return { ...answer, receivedAt };
    },
  };
}

/** An error's body may be a page of HTML: then only the status speaks. */
function jsonOrNull(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return null;
  }
}
