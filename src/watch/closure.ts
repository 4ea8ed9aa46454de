import { DAY_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import { type WatchOptions, WEEKDAYS } from './config.ts';
import { minutesOf, type WallClock, wallClock } from './quiet-hours.ts';

type Closure = WatchOptions['closures'][number];

/** What the calendar says of a place at an instant. */
export interface Calendar {
  /** Until when nothing is expected of it; `null`: it is expected now. */
  readonly untilAt: Instant | null;
  /** When that was last so; `null`: not within the last days. Whatever was to come before does not count. */
  readonly lastAt: Instant | null;
}

const OPEN: Calendar = { untilAt: null, lastAt: null };
const DAY_MINUTES = 24 * 60;
/** The longest period that a place can have is a week; a closure before that changes nothing any more. */
const DAYS_BACK = 15;

/** The calendar of every place at `at`: asked for once per evaluation, however many places there are. */
export function calendarAt(
  { closures }: Pick<WatchOptions, 'closures'>,
  at: Instant,
  timeZone: string,
): (placeId: string) => Calendar {
  if (closures.length === 0) return () => OPEN;
  const now = wallClock(at, timeZone);
  const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  const all = closures.map((closure) => ({ places: closure.places, calendar: calendarOf(closure, now, minute) }));
  return (placeId) => {
    const own = all.filter(({ places }) => places.length === 0 || places.includes(placeId));
    return {
      untilAt: latest(own.map(({ calendar }) => calendar.untilAt)),
      lastAt: latest(own.map(({ calendar }) => calendar.lastAt)),
    };
  };
}

const latest = (times: readonly (Instant | null)[]): Instant | null => {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
};

/** Stretches of the wall clock around now: one that begins on each day on which the closure holds. */
function calendarOf(closure: Closure, now: WallClock, minute: Instant): Calendar {
  const from = closure.from === undefined ? 0 : minutesOf(closure.from);
  const to = closure.to === undefined ? 0 : minutesOf(closure.to);
  const midnight = minute - now.minutes * MINUTE_MS;
  let { untilAt, lastAt } = OPEN;
  for (let back = DAYS_BACK; back >= 0; back--) {
    if (!holdsOn(closure, dayBefore(now.day, back))) continue;
    const startsAt = midnight - back * DAY_MS + from * MINUTE_MS;
    const endsAt = midnight - back * DAY_MS + (to > from ? to : to + DAY_MINUTES) * MINUTE_MS;
    if (endsAt <= minute) lastAt = endsAt;
    else if (startsAt <= minute) untilAt = endsAt;
  }
  return { untilAt, lastAt };
}

const dayBefore = (day: string, back: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - back * DAY_MS).toISOString().slice(0, 10);

function holdsOn({ weekdays, days }: Closure, day: string): boolean {
  if (weekdays.length === 0 && days.length === 0) return true;
  const weekday = WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()];
  return days.includes(day) || (weekday !== undefined && weekdays.includes(weekday));
}
