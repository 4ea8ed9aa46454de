import type { Instant } from '../core/time.ts';
import { conditionIdOf } from '../weather/condition.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Fields of a document that hold numbers, with the names that they have in the original's messages. */
const NUMBERS = {
  temp: 'data_temp',
  feels_like: 'data_feels_like',
  dew_point: 'data_dew_point',
  pressure: 'data_pressure',
  humidity: 'data_humidity',
  visibility: 'data_visibility',
  wind_speed: 'data_wind_speed',
  wind_deg: 'data_wind_deg',
  wind_gust: 'data_wind_gust',
  uvi: 'data_uvi',
  lat: 'lat',
  lon: 'lon',
} as const;

/** Times as text, with the names that their seconds have in the messages. */
const TIMES = { timestamp: 'data_dt', sunrise: 'data_sunrise', sunset: 'data_sunset' } as const;

/**
 * A document of the original's collection `weather` as the flat record that it once was, so that it is read like every
 * message. Numbers that stand there as text become numbers, NaN and what is no number become absent; the zone-less times
 * are UTC. The condition's id, which the documents lack, is found by its words.
 */
export function originalRecord(document: Fields): Fields {
  const record: Record<string, unknown> = { region_name: document.region ?? undefined };
  for (const [field, name] of Object.entries(NUMBERS)) record[name] = numberIn(document[field]);
  for (const [field, name] of Object.entries(TIMES)) {
    const at = instantIn(document[field]);
    record[name] = at === null ? null : at / 1000;
  }
  const { main, description, icon } = document;
  const id = conditionIdOf(textIn(main), textIn(description));
  if (id !== null) {
    record.data_weather_id = id;
    record.data_weather_description = description;
    record.data_weather_icon = icon;
  }
  return record;
}

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');

function numberIn(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

const STAMP = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(\.\d+)?Z?$/;

/** `2023-07-22 12:54:00`, in UTC; a date of the driver's as it is. */
export function instantIn(value: unknown): Instant | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.getTime();
  const [, day, time] = (typeof value === 'string' && STAMP.exec(value)) || [];
  const at = Date.parse(`${day}T${time}Z`);
  return Number.isNaN(at) ? null : at;
}
