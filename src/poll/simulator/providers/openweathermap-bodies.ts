import { DAY_MS, floorTo, HOUR_MS, type Instant, MINUTE_MS } from '../../../core/time.ts';
import type { FaultName } from '../faults.ts';
import { forecastErrorC, newestRunAt, runSeed } from '../model-run.ts';
import { hashText } from '../noise.ts';
import type { SimulatedWeather } from '../weather.ts';
import {
  currentWeather,
  dailyRecord,
  type OwmMoment,
  type OwmUnits,
  oneCallRecord,
  seconds,
  temperatureIn,
  threeHourEntry,
} from './openweathermap-record.ts';
import { type ProviderSite, type ProviderWorld, zoneOffsetSeconds } from './provider-call.ts';

/** One call's parameters, checked. */
export interface OwmQuestion {
  readonly latitude: number;
  readonly longitude: number;
  readonly units: OwmUnits;
  /** Now. */
  readonly at: Instant;
  /** The instant asked for (`dt`, `start`), or now. */
  readonly dt: Instant;
  /** When the provider last computed this place. */
  readonly dataAt: Instant;
  readonly exclude: readonly string[];
  readonly count: number | null;
  readonly date: string | null;
  readonly url: URL;
  faulty(name: FaultName): boolean;
}

/** 2.5 `weather` has a number in `cod`, 2.5 `forecast` a string; the fault swaps them. */
export type CodKind = 'number' | 'string';

const DST_ZONE = 'Europe/Paris';
/** Steps of the 4.0 timelines and the most that one page holds. */
const TIMELINES = {
  '1min': { stepMs: MINUTE_MS, page: 60 },
  '15min': { stepMs: 15 * MINUTE_MS, page: 50 },
  '1h': { stepMs: HOUR_MS, page: 20 },
  '1day': { stepMs: DAY_MS, page: 10 },
} as const;
const TIMELINE_AHEAD_MS = 48 * HOUR_MS;

/** The bodies of 200 answers. The hourly and daily parts are kept per place until the hour or the run changes. */
export function openWeatherMapBodies(world: ProviderWorld) {
  const kept = new Map<string, { readonly key: string; readonly text: string }>();
  const keep = (id: string, key: string, make: () => unknown): string => {
    const known = kept.get(id);
    if (known?.key === key) return known.text;
    const text = JSON.stringify(make());
    if (kept.size > 20_000) kept.clear();
    kept.set(id, { key, text });
    return text;
  };
  const ask = (question: OwmQuestion) => momentsOf(world, question);
  const timeline = (question: OwmQuestion, name: keyof typeof TIMELINES) => timelineBody(world, question, name);

  return {
    timeline,
    weather(question: OwmQuestion, cod: CodKind): string {
      const { site, now, zone } = ask(question);
      const id = cityId(site);
      return JSON.stringify(
        currentWeather(now(question.dataAt), {
          id,
          name: site.name,
          country: countryOf(site),
          zoneOffsetSeconds: zone.offset,
          cod: cod === 'string' ? '200' : 200,
          ...coordinates(question),
        }),
      );
    },
    forecast(question: OwmQuestion, cod: CodKind): string {
      const { site, ahead, zone } = ask(question);
      const firstAt = floorTo(question.at, 3 * HOUR_MS) + 3 * HOUR_MS;
      const entries = Array.from({ length: 40 }, (_, step) => threeHourEntry(ahead(firstAt + step * 3 * HOUR_MS)));
      const { latitude: lat, longitude: lon } = coordinates(question);
      const sun = oneCallRecord(ahead(question.at), { sun: true, uv: false, pop: false });
      const city = {
        id: cityId(site),
        name: site.name,
        coord: { lat, lon },
        country: countryOf(site),
        population: 0,
        timezone: zone.offset,
        ...(sun.sunrise === undefined ? {} : { sunrise: sun.sunrise, sunset: sun.sunset }),
      };
      return JSON.stringify({
        cod: cod === 'string' ? 200 : '200',
        message: 0,
        cnt: entries.length,
        list: entries.slice(0, question.count ?? 40),
        city,
      });
    },
    oneCall(question: OwmQuestion): string {
      const { site, now, ahead, root } = ask(question);
      const { exclude, at } = question;
      const parts: string[] = [root];
      const runAt = newestRunAt(at);
      const place = `${question.latitude},${question.longitude} ${question.units}`;
      const wants = (part: string) => !exclude.includes(part);
      if (wants('current'))
        parts.push(
          `"current":${JSON.stringify(oneCallRecord(now(question.dataAt), { sun: true, uv: true, pop: false }))}`,
        );
      if (wants('minutely')) parts.push(`"minutely":${JSON.stringify(minutely(world, site, at))}`);
      const hourAt = floorTo(at, HOUR_MS);
      if (wants('hourly'))
        parts.push(
          `"hourly":${keep(`hourly ${place}`, `${hourAt} ${runAt} ${recordFaults(question)}`, () =>
            Array.from({ length: 48 }, (_, lead) =>
              oneCallRecord(ahead(hourAt + lead * HOUR_MS), { sun: false, uv: true, pop: true }),
            ),
          )}`,
        );
      const dayAt = floorTo(at, DAY_MS);
      if (wants('daily'))
        parts.push(
          `"daily":${keep(`daily ${place}`, `${dayAt} ${recordFaults(question)}`, () =>
            Array.from({ length: 8 }, (_, day) => dayOf(world, question, dayAt + day * DAY_MS)),
          )}`,
        );
      return `{${parts.join(',')}}`;
    },
    timeMachine(question: OwmQuestion): string {
      const { now, root } = ask(question);
      const recent = question.dt > question.at - 5 * DAY_MS;
      const data = question.faulty('empty-data')
        ? []
        : [oneCallRecord(now(question.dt), { sun: true, uv: recent, pop: false })];
      return `{${root},"data":${JSON.stringify(data)}}`;
    },
    current(question: OwmQuestion): string {
      const { now, root } = ask(question);
      const record = oneCallRecord(now(question.dataAt), { sun: true, uv: true, pop: false });
      const data = question.faulty('empty-data') ? [] : [{ ...record, alerts: [] }];
      const links = question.faulty('next-link-with-key') ? `,"next":${JSON.stringify(question.url.href)}` : '';
      return `{${root},"data":${JSON.stringify(data)}${links}}`;
    },
    daySummary(question: OwmQuestion): string {
      const dayAt = Date.parse(`${question.date}T00:00:00Z`);
      const { site } = ask(question);
      const hours = hoursOf(world, site, dayAt);
      const { units } = question;
      const inUnits = (hour: number) => temperatureIn(hours[hour]?.temperatureC ?? 0, units);
      const noon = hours[12] ?? world.air.at(site, dayAt);
      const strongest = hours.reduce((most, hour) => (hour.windSpeedMps > most.windSpeedMps ? hour : most), noon);
      const all = hours.map((hour) => hour.temperatureC);
      return JSON.stringify({
        ...latLon(question),
        tz: '+00:00',
        date: question.date,
        units,
        cloud_cover: { afternoon: Math.round(noon.cloudCoverPct) },
        humidity: { afternoon: Math.round(noon.humidityPct) },
        precipitation: { total: Math.round(hours.reduce((sum, hour) => sum + hour.rain1hMm, 0) * 100) / 100 },
        temperature: {
          min: temperatureIn(Math.min(...all), units),
          max: temperatureIn(Math.max(...all), units),
          afternoon: inUnits(12),
          night: inUnits(0),
          evening: inUnits(18),
          morning: inUnits(6),
        },
        pressure: { afternoon: Math.round(noon.pressureHpa) },
        wind: {
          max: {
            speed: Math.round(strongest.windSpeedMps * 100) / 100,
            direction: Math.round(strongest.windFromDirectionDeg) % 360,
          },
        },
      });
    },
  };
}

/** What a place's answers are made of: its site, its zone, and its weather as the provider sees and foresees it. */
function momentsOf(world: ProviderWorld, question: OwmQuestion) {
  const site = world.siteAt(question.latitude, question.longitude);
  const dstDay = question.faulty('dst-day');
  const timeZone = dstDay ? DST_ZONE : site.timeZone;
  const offset = (zoneOffsetSeconds(timeZone, question.at) ?? 0) + (dstDay ? 3600 : 0);
  const faults = {
    missingOptional: question.faulty('missing-optional-fields'),
    twoEntries: question.faulty('two-weather-entries'),
    rain3h: question.faulty('rain-3h'),
    polarDay: question.faulty('polar-day'),
  };
  const moment = (at: Instant, weather: SimulatedWeather): OwmMoment => ({
    site: { ...site, latitude: question.latitude, longitude: question.longitude },
    at,
    weather,
    units: question.units,
    faults,
  });
  const runAt = newestRunAt(question.at);
  const ofRun = runSeed(world.air.seed, 'openweathermap', question.latitude, question.longitude, runAt);
  return {
    site,
    zone: { timeZone, offset },
    root: Object.entries({ ...latLon(question), timezone: timeZone, timezone_offset: offset })
      .map(([name, value]) => `"${name}":${JSON.stringify(value)}`)
      .join(','),
    now: (at: Instant) => moment(at, world.air.at(site, at)),
    ahead: (at: Instant) => {
      const weather = world.air.at(site, at);
      const errorC = forecastErrorC(ofRun, (at - runAt) / HOUR_MS);
      return moment(at, { ...weather, temperatureC: weather.temperatureC + errorC });
    },
  };
}

/** As the provider echoes them: four decimals, or the cell's. */
function coordinates(question: OwmQuestion) {
  const scale = question.faulty('grid-cell-coordinates') ? 1 : 10_000;
  const round = (value: number) => Math.round(value * scale) / scale;
  return { latitude: round(question.latitude), longitude: round(question.longitude) };
}

function latLon(question: OwmQuestion) {
  const { latitude, longitude } = coordinates(question);
  return { lat: latitude, lon: longitude };
}

const cityId = (site: ProviderSite): number => 2_240_000 + (hashText(0, site.name) % 20_000);
const countryOf = (site: ProviderSite): string => (site.timeZone === 'Africa/Dakar' ? 'SN' : '');
const recordFaults = ({ faulty }: OwmQuestion): string =>
  [faulty('missing-optional-fields'), faulty('two-weather-entries'), faulty('rain-3h'), faulty('polar-day')].join();

const minutely = (world: ProviderWorld, site: ProviderSite, at: Instant) =>
  Array.from({ length: 60 }, (_, minute) => {
    const minuteAt = floorTo(at, MINUTE_MS) + minute * MINUTE_MS;
    return { dt: seconds(minuteAt), precipitation: Math.round(world.air.at(site, minuteAt).rain1hMm * 100) / 100 };
  });

const hoursOf = (world: ProviderWorld, site: ProviderSite, dayAt: Instant) =>
  Array.from({ length: 24 }, (_, hour) => world.air.at(site, dayAt + hour * HOUR_MS));

function dayOf(world: ProviderWorld, question: OwmQuestion, dayAt: Instant) {
  const { site, ahead } = momentsOf(world, question);
  return dailyRecord(ahead(dayAt + 12 * HOUR_MS), hoursOf(world, site, dayAt), dayAt);
}

/** 4.0 timelines: pages with links to their neighbours; the links hold the key, as the real ones do. */
function timelineBody(world: ProviderWorld, question: OwmQuestion, name: keyof typeof TIMELINES): string {
  const { stepMs, page } = TIMELINES[name];
  const { now, ahead, root } = momentsOf(world, question);
  const count = Math.min(page, question.count ?? page);
  const firstAt = Math.ceil(question.dt / stepMs) * stepMs;
  const lastAt = question.at + (name === '1day' ? 10 * DAY_MS : TIMELINE_AHEAD_MS);
  const times = Array.from({ length: count }, (_, step) => firstAt + step * stepMs).filter((at) => at <= lastAt);
  const record = (at: Instant) => {
    if (name === '1day') return dayOf(world, question, at);
    if (name === '1min') return { dt: seconds(at), precipitation: Math.round(now(at).weather.rain1hMm * 100) / 100 };
    const future = at > question.at;
    const moment = future ? ahead(at) : now(at);
    return { ...oneCallRecord(moment, { sun: false, uv: true, pop: future }), alerts: [] };
  };
  const data = question.faulty('empty-data') ? [] : times.map(record);
  const link = (startAt: Instant) => {
    const url = new URL(question.url);
    url.searchParams.set('start', String(seconds(startAt)));
    return JSON.stringify(url.href);
  };
  const prev = `,"prev":${link(firstAt - count * stepMs)}`;
  const next = firstAt + count * stepMs <= lastAt ? `,"next":${link(firstAt + count * stepMs)}` : '';
  return `{${root},"data":${JSON.stringify(data)}${prev}${next}}`;
}
