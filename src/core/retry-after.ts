import { DAY_MS, type Instant } from './time.ts';

/**
 * How long a reply's `Retry-After` asks to wait, ms, at most a day; `null` when it is absent or unreadable. It is either
 * seconds or an HTTP date, which is counted from the reply's own `Date` where there is one, so that a difference between
 * the clocks does not matter. RFC 9110, section 10.2.3.
 */
export function retryAfterMsIn(headers: Readonly<Record<string, string>>, now: Instant): number | null {
  const asked = headers['retry-after']?.trim();
  if (asked === undefined) return null;
  const sentAt = Date.parse(headers.date ?? '');
  // Date.parse takes "-5" for a day in 2001: only what looks like an HTTP date is one.
  const untilAt = /^[A-Z][a-z]+,? .* GMT$/.test(asked) ? Date.parse(asked) : Number.NaN;
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1000 : untilAt - (Number.isNaN(sentAt) ? now : sentAt);
  return Number.isFinite(ms) ? Math.min(DAY_MS, Math.max(0, ms)) : null;
}
