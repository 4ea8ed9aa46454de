import { type Instant, MINUTE_MS } from '../core/time.ts';
import type { WatchOptions } from './config.ts';

/** A place's wall clock: its day and the minutes since midnight. */
export interface WallClock {
  readonly day: string;
  readonly minutes: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

export function wallClock(at: Instant, timeZone: string): WallClock {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(timeZone, format);
  }
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return { day: `${part.year}-${part.month}-${part.day}`, minutes: Number(part.hour) * 60 + Number(part.minute) };
}

/** Minutes since midnight of `06:30`. */
export const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

/** Whether `at` lies in the quiet hours `[from, to)`, which may reach over midnight. */
export function isQuiet(hours: WatchOptions['quietHours'], at: Instant, timeZone: string): boolean {
  if (hours === null) return false;
  const [from, to] = [minutesOf(hours.from), minutesOf(hours.to)];
  const { minutes } = wallClock(at, timeZone);
  return from <= to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
}

/** When quiet hours begin or end next; `null` without any. */
export function nextQuietChangeAt(hours: WatchOptions['quietHours'], at: Instant, timeZone: string): Instant | null {
  if (hours === null) return null;
  const { minutes } = wallClock(at, timeZone);
  const ahead = [hours.from, hours.to].map((clock) => ((minutesOf(clock) - minutes + 24 * 60 - 1) % (24 * 60)) + 1);
  return Math.floor(at / MINUTE_MS) * MINUTE_MS + Math.min(...ahead) * MINUTE_MS;
}
