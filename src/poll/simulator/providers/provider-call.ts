import type { Instant } from '../../../core/time.ts';
import type { FaultName } from '../faults.ts';
import type { Atmosphere, WeatherSite } from '../weather.ts';

/** One request as a simulated provider sees it. */
export interface ProviderCall {
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** When it arrived. */
  readonly at: Instant;
  /** Whether this fault is on for this call, or for one place of it. */
  faulty(name: FaultName, key?: string): boolean;
}

/** A known place, as a provider knows it. */
export interface ProviderSite extends WeatherSite {
  readonly name: string;
  readonly timeZone: string;
}

/** What the providers have in common: one weather, and the places they know names of. */
export interface ProviderWorld {
  readonly air: Atmosphere;
  /** The site of a point: the known place there, otherwise a nameless one. */
  siteAt(latitude: number, longitude: number): ProviderSite;
}

/** What a provider answers. */
export interface ProviderReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const jsonReply = (body: string, status = 200): ProviderReply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body,
});

const zoneFormats = new Map<string, Intl.DateTimeFormat>();

/** Offset of an IANA zone from UTC at an instant, seconds east. `null` for a zone that does not exist. */
export function zoneOffsetSeconds(timeZone: string, at: Instant): number | null {
  if (timeZone === 'UTC' || timeZone === 'GMT' || timeZone === 'Africa/Dakar') return 0;
  let format = zoneFormats.get(timeZone);
  if (!format) {
    try {
      format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
    } catch {
      return null;
    }
    zoneFormats.set(timeZone, format);
  }
  const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name);
  if (!match) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60;
  return match[1] === '-' ? -seconds : seconds;
}
