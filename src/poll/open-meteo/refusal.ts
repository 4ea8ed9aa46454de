import { type ErrorCode, HarmattanError } from '../../core/errors.ts';
import { retryAfterMsIn } from '../../core/retry-after.ts';
import type { Scrubber } from '../../core/scrub.ts';
import { DAY_MS, floorTo, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import type { TransportReply } from '../../core/transport.ts';
import { membersOf } from '../undecodable.ts';

interface Meaning {
  readonly code: ErrorCode;
  /** When the limit resets, where the text says which one it was. The counters follow the wall clock in UTC. */
  resetAt?(now: Instant): Instant;
}

const monthEnd = (now: Instant) => {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
};

/** What the provider's sentences mean, whatever status they come with. */
const REASONS: readonly (readonly [RegExp, Meaning])[] = [
  [/^Minutely API request limit/, { code: 'HMT_POLL_RATE_LIMITED', resetAt: (now) => nextOf(now, MINUTE_MS) }],
  [/^Hourly API request limit/, { code: 'HMT_POLL_RATE_LIMITED', resetAt: (now) => nextOf(now, HOUR_MS) }],
  [/^Daily API request limit/, { code: 'HMT_POLL_RATE_LIMITED', resetAt: (now) => nextOf(now, DAY_MS) }],
  [/^Monthly API request limit/, { code: 'HMT_POLL_RATE_LIMITED', resetAt: monthEnd }],
  [/^Too many concurrent requests/, { code: 'HMT_POLL_RATE_LIMITED' }],
  [/^The service is overloaded/, { code: 'HMT_POLL_PROVIDER_FAILED' }],
  [/^Something went wrong/, { code: 'HMT_POLL_PROVIDER_FAILED' }],
  [/^API key required|^The supplied API key is invalid/, { code: 'HMT_POLL_KEY_REFUSED' }],
  [/requires the API (Professional|Enterprise)/, { code: 'HMT_POLL_NOT_SUBSCRIBED' }],
  [/^No data is available for this location/, { code: 'HMT_POLL_NO_DATA' }],
];

const nextOf = (now: Instant, stepMs: number) => floorTo(now, stepMs) + stepMs;

/** The text that the provider puts after a body it could not finish. */
const BROKEN_OFF = 'Unexpected error while streaming data';

/**
 * The failure that a reply is, or `null` for one that may hold data: an error status, an error body under status 200, or
 * a body that the provider broke off. One of several places without data fails the whole call, and nothing says which:
 * that is a bad request, to be put again in parts, and no data only when the place stands alone.
 */
export function refusalOf(
  reply: TransportReply,
  places: number,
  now: Instant,
  scrubber: Scrubber,
): HarmattanError | null {
  const { status, headers } = reply;
  const ok = status >= 200 && status < 300;
  // A broken-off body ends in the text; only the tail is searched, because a good one may be megabytes long.
  const tail = Buffer.from(reply.body.subarray(-2000)).toString('utf8');
  if (ok && tail.includes(BROKEN_OFF))
    return new HarmattanError('HMT_POLL_PROVIDER_FAILED', { detail: 'Open-Meteo broke off inside its answer.' });
  const reason = reasonIn(reply);
  if (ok && reason === null) return null;
  const meaning = REASONS.find(([pattern]) => pattern.test(reason ?? ''))?.[1] ?? meaningOfStatus(status);
  const said = reason === null ? '' : `: ${scrubber.text(reason).slice(0, 300)}`;
  const waitMs = retryAfterMsIn(headers, now);
  const code = meaning.code === 'HMT_POLL_NO_DATA' && places > 1 ? 'HMT_POLL_BAD_REQUEST' : meaning.code;
  return new HarmattanError(code, {
    detail: `Open-Meteo answered ${status}${said}`,
    retryAfterMs: waitMs ?? (meaning.resetAt ? meaning.resetAt(now) - now : null),
  });
}

/** The reason of `{"error":true,"reason":"…"}`, its members in either order; `null` for any other body. */
function reasonIn(reply: TransportReply): string | null {
  // Error bodies are short; a long body is data and is not parsed twice.
  if (reply.body.length > 10_000) return null;
  try {
    const members = membersOf(JSON.parse(Buffer.from(reply.body).toString('utf8')));
    return members?.error === true ? (typeof members.reason === 'string' ? members.reason : '') : null;
  } catch {
    return null;
  }
}

function meaningOfStatus(status: number): Meaning {
  if (status === 401) return { code: 'HMT_POLL_KEY_REFUSED' };
  if (status === 403) return { code: 'HMT_POLL_FORBIDDEN' };
  if (status === 429) return { code: 'HMT_POLL_RATE_LIMITED' };
  if (status >= 400 && status < 500 && status !== 408) return { code: 'HMT_POLL_BAD_REQUEST' };
  return { code: 'HMT_POLL_PROVIDER_FAILED' };
}
