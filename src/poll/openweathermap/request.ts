import { HOUR_MS, type Instant } from '../../core/time.ts';
import type { Place } from '../../weather/place.ts';

/** The APIs of the provider that a key may open. */
export type Product = '2.5' | '3.0' | '4.0';

/** Most records on one page of 4.0's hourly timeline. */
export const TIMELINE_HOURS = 20;

type Where = Pick<Place, 'latitude' | 'longitude'>;

/** Builds the addresses. Each holds the key: none of them may be logged or kept. */
export function addresses(baseUrl: string, key: string) {
  const base = baseUrl.replace(/\/+$/, '');
  const url = (path: string, { latitude, longitude }: Where, more: Readonly<Record<string, string | number>> = {}) => {
    const query = new URLSearchParams({ lat: degrees(latitude), lon: degrees(longitude) });
    for (const [name, value] of Object.entries(more)) query.set(name, String(value));
    query.set('units', 'metric');
    query.set('appid', key);
    return `${base}/data/${path}?${query}`;
  };
  return {
    /** 2.5: the present weather; `dt` is the time of its calculation. */
    weather: (where: Where) => url('2.5/weather', where),
    /** 3.0: one instant, exactly. */
    timemachine: (where: Where, at: Instant) => url('3.0/onecall/timemachine', where, { dt: seconds(at) }),
    /** 3.0: the present and 48 hours. */
    onecall: (where: Where) => url('3.0/onecall', where, { exclude: 'minutely,daily,alerts' }),
    /** 4.0: the present. */
    current: (where: Where) => url('4.0/onecall/current', where),
    /** 4.0: full hours from the first at or after `at`. */
    timeline: (where: Where, at: Instant, hours: number) =>
      url('4.0/onecall/timeline/1h', where, {
        start: seconds(Math.ceil(at / HOUR_MS) * HOUR_MS),
        cnt: Math.min(hours, TIMELINE_HOURS),
      }),
  };
}

export type Addresses = ReturnType<typeof addresses>;

const seconds = (at: Instant) => Math.floor(at / 1000);
const degrees = (value: number) => String(Math.round(value * 1e4) / 1e4);
