import { type Instant, MINUTE_MS } from '../core/time.ts';
import type { Store } from '../store/store.ts';
import type { Place } from '../weather/place.ts';

/** A stretch in which the original's rule would have sent its message, one a minute. */
export interface OriginalAlarm {
  readonly from: Instant;
  readonly to: Instant;
  readonly messages: number;
}

const WINDOW_MINUTES = 15;
/** A reading comes at most so long after its valid time, or was filled in later. */
const LATEST_MS = 48 * 60 * MINUTE_MS;

/**
 * What the original's Kibana rule would have sent in `[from, to)`: "count is less than or equal to 0 over 15m", looked at
 * every minute, over the arrivals of all places together (original-system.md 7). It has no "resolved".
 */
export async function originalRule(
  { observations }: Pick<Store, 'observations'>,
  places: readonly Place[],
  from: Instant,
  to: Instant,
): Promise<readonly OriginalAlarm[]> {
  const firstMinute = Math.ceil(from / MINUTE_MS);
  const count = Math.max(0, Math.ceil(to / MINUTE_MS) - firstMinute);
  // Whether anything arrived in each minute, from a window before the first.
  const arrived = new Uint8Array(count + WINDOW_MINUTES);
  for (const { id } of places)
    for await (const { receivedAt } of observations.stream({ placeId: id, from: from - LATEST_MS, to, which: 'all' })) {
      const minute = Math.floor(receivedAt / MINUTE_MS) - firstMinute + WINDOW_MINUTES;
      if (minute >= 0 && minute < arrived.length) arrived[minute] = 1;
    }
  const alarms: OriginalAlarm[] = [];
  let silentSince: number | null = null;
  let quietMinutes = 0;
  for (let minute = 0; minute < arrived.length + 1; minute++) {
    quietMinutes = minute < arrived.length && arrived[minute] === 0 ? quietMinutes + 1 : 0;
    // The look at the end of this minute sees the fifteen before it.
    const look = minute + 1 - WINDOW_MINUTES;
    const fires = quietMinutes >= WINDOW_MINUTES && look < count;
    if (fires && look >= 0) silentSince ??= look;
    if (!fires && silentSince !== null) {
      const at = (index: number) => (firstMinute + index) * MINUTE_MS;
      alarms.push({ from: at(silentSince), to: at(look), messages: look - silentSince });
      silentSince = null;
    }
  }
  return alarms;
}
