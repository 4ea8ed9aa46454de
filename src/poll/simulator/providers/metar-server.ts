import { HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from '../../../core/time.ts';
import type { Place } from '../../../weather/place.ts';
import { hashText } from '../noise.ts';
import type { SimulatedWeather } from '../weather.ts';
import { jsonReply, type ProviderCall, type ProviderReply, type ProviderWorld } from './provider-call.ts';
import { ProviderQuota, type ProviderUsage } from './provider-quota.ts';

export interface MetarServerOptions extends ProviderWorld {
  /** Those that name an aerodrome have a station, a little off the place. */
  readonly places: readonly Place[];
}

export interface MetarServer {
  handle(call: ProviderCall): ProviderReply;
  usage(): readonly ProviderUsage[];
}

const MOST_ROWS = 400;
const OLDEST_HOURS = 360;
/** A report of the full hour is there so many minutes after it, at least and at most. */
const READY_MINUTES = [2, 9] as const;
const STATION_OFF_DEG = 0.02;

/**
 * The METAR part of the Aviation Weather Center: hourly reports of aerodromes in its JSON, whole degrees and knots, nothing
 * at all (204) where none is known, 400 rows at most, 100 calls a minute.
 */
export function metarServer({ air, siteAt, places }: MetarServerOptions): MetarServer {
  const quota = new ProviderQuota('metar');
  const stations = new Map(places.flatMap((place) => (place.icao === null ? [] : [[place.icao, place] as const])));
  return {
    usage: () => quota.usage(),
    handle(call) {
      const { url, at } = call;
      const ids = (url.searchParams.get('ids') ?? '').split(',').filter((id) => id !== '');
      const hours = Number(url.searchParams.get('hours') ?? '2');
      if (ids.length === 0 || !(hours > 0 && hours <= OLDEST_HOURS))
        return jsonReply(JSON.stringify({ status: 'error', error: 'Invalid request' }), 400);
      const late = call.faulty('rate-limited-late');
      if (late || call.faulty('rate-limited')) return jsonReply('{"error":"Too Many Requests"}', 429);
      if (call.faulty('rate-limited-retry-after'))
        return { ...jsonReply('{"error":"Too Many Requests"}', 429), headers: { 'retry-after': '60' } };
      if (quota.admit('free', [{ window: 'minute', limit: 100 }], at, 1, late) !== null)
        return jsonReply('{"error":"Too Many Requests"}', 429);
      const newest = call.faulty('stale-time') ? at - 3 * HOUR_MS : at;
      const rows = ids.flatMap((id) => {
        const place = stations.get(id);
        if (!place || call.faulty('empty-data', id)) return [];
        const site = siteAt(place.latitude, place.longitude);
        return hoursBefore(newest, hours, id).map((observedAt) =>
          report(place, id, observedAt, air.at(site, observedAt), call.faulty('missing-optional-fields', id)),
        );
      });
      return rows.length === 0
        ? { status: 204, headers: {}, body: '' }
        : jsonReply(JSON.stringify(rows.slice(0, MOST_ROWS)));
    },
  };
}

/** Full hours whose report is there, the newest first. */
function hoursBefore(at: Instant, hours: number, id: string): readonly Instant[] {
  const times: Instant[] = [];
  for (let hour = Math.floor(at / HOUR_MS) * HOUR_MS; hour > at - hours * HOUR_MS; hour -= HOUR_MS)
    if (readyAt(hour, id) <= at) times.push(hour);
  return times;
}

const readyAt = (hour: Instant, id: string): Instant => {
  const [least, most] = READY_MINUTES;
  return hour + (least + (hashText(hour / HOUR_MS, id) % (most - least + 1))) * MINUTE_MS;
};

/** One report with the provider's members in their order. */
function report(place: Place, id: string, observedAt: Instant, weather: SimulatedWeather, sparse: boolean) {
  const knots = (mps: number) => Math.round((mps * 3600) / 1852);
  const [speed, gust] = [knots(weather.windSpeedMps), knots(weather.windGustMps)];
  const direction = (Math.round(weather.windFromDirectionDeg / 10) * 10) % 360 || 360;
  const miles = weather.visibilityM / 1609.344;
  return {
    icaoId: id,
    receiptTime: new Date(readyAt(observedAt, id)).toISOString(),
    obsTime: observedAt / SECOND_MS,
    reportTime: new Date(observedAt).toISOString(),
    temp: Math.round(weather.temperatureC),
    dewp: sparse ? null : Math.round(weather.dewPointC),
    wdir: speed < 4 ? 'VRB' : direction,
    wspd: speed,
    wgst: gust >= speed + 10 ? gust : null,
    visib: sparse ? null : miles >= 6 ? '6+' : Math.round(miles * 100) / 100,
    altim: Math.round(weather.pressureHpa),
    slp: null,
    wxString: presentWeather(weather),
    precip: null,
    metarType: 'METAR',
    rawOb: '',
    lat: Math.round((place.latitude + STATION_OFF_DEG) * 1000) / 1000,
    lon: Math.round((place.longitude - STATION_OFF_DEG) * 1000) / 1000,
    elev: place.elevationM,
    name: place.name,
    clouds: [{ cover: coverWord(weather.cloudCoverPct), base: 2500 }],
    fltCat: 'VFR',
  };
}

function presentWeather({ conditionId }: SimulatedWeather): string | null {
  if (conditionId < 300) return 'TSRA';
  if (conditionId < 400) return '-DZ';
  if (conditionId < 600) return conditionId === 500 ? '-RA' : 'RA';
  if (conditionId < 700) return 'SN';
  if (conditionId === 741) return 'FG';
  if (conditionId === 761 || conditionId === 731) return 'DU';
  if (conditionId === 721) return 'HZ';
  return conditionId < 800 ? 'BR' : null;
}

const coverWord = (percent: number): string =>
  percent < 6 ? 'NSC' : percent < 31 ? 'FEW' : percent < 57 ? 'SCT' : percent < 94 ? 'BKN' : 'OVC';
