import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import { toUnit, UNITS, type Unit } from '../weather/unit.ts';
import { type Locale, REGION } from './locale.ts';

/** Where the places are unless a place says otherwise: UTC+0 all year. */
export const DEFAULT_TIME_ZONE = 'Africa/Dakar';

/** The clock of the places where they share one, else that of the region that is shipped. */
export function timeZoneOf(places: readonly { readonly timeZone: string }[]): string {
  const zones = [...new Set(places.map(({ timeZone }) => timeZone))];
  return (zones.length === 1 ? zones[0] : undefined) ?? DEFAULT_TIME_ZONE;
}

/**
 * Numbers, units, dates and ages as readers of one language write them: the one place that formats. Every unit is
 * joined to its number by a no-break space (none before °C in English), whatever the run-time's own data say, so that
 * the server's text and the browser's are the same.
 */
export interface Format {
  readonly locale: Locale;
  readonly timeZone: string;
  /** `10 000`, `2,1`. */
  number(value: number, decimals?: number): string;
  /** `value`, in the quantity's own unit, shown in `unit`: `29,3 °C`, `12 km/h`, `1 013 hPa`. */
  quantity(value: number, unit: Unit, decimals?: number): string;
  /** A share of 1: `79 %`. */
  share(value: number, decimals?: number): string;
  /** `13:15`. */
  clock(at: Instant): string;
  /** `23/11`. */
  date(at: Instant): string;
  /** `23/11 13:34`. */
  stamp(at: Instant): string;
  /** `lundi 23 novembre 2026 à 12:54`. */
  full(at: Instant): string;
  /** `34 min`, `3 h`, `2 j`: whole minutes up to 90, whole hours up to two days, then whole days. */
  duration(ms: number): string;
  /** `il y a 34 minutes`, in the steps of `duration`. */
  ago(ms: number): string;
  /** `dans 12 minutes`. */
  until(ms: number): string;
  /** `Kolda, Matam et Podor`. */
  list(items: readonly string[]): string;
}

export function formatOf(locale: Locale, timeZone: string = DEFAULT_TIME_ZONE): Format {
  const region = REGION[locale];
  const numberOf = kept((decimals: number) => {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return new Intl.NumberFormat(region, { ...digits, signDisplay: 'negative' });
  });
  const zoned = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(region, { hourCycle: 'h23', ...options, timeZone });
    return (at: Instant) => format.format(at);
  };
  const clock = zoned({ hour: '2-digit', minute: '2-digit' });
  const date = zoned({ day: '2-digit', month: '2-digit' });
  const full = zoned({ dateStyle: 'full', timeStyle: 'short' });
  const relative = new Intl.RelativeTimeFormat(region, { numeric: 'always' });
  const conjunction = new Intl.ListFormat(region);
  const number = (value: number, decimals = 0) => numberOf(decimals).format(value);
  const percent = locale === 'fr' ? `${NO_BREAK}%` : '%';
  return {
    locale,
    timeZone,
    number,
    quantity: (value, unit, decimals = UNITS[unit].decimals) =>
      `${number(toUnit(value, unit), decimals)}${SYMBOLS[locale][unit]}`,
    share: (value, decimals = 0) => `${number(value * 100, decimals)}${percent}`,
    clock,
    date,
    stamp: (at) => `${date(at)} ${clock(at)}`,
    full,
    duration: (ms) => {
      const [amount, step] = stepOf(ms);
      return `${number(amount)}${NO_BREAK}${STEPS[locale][step]}`;
    },
    ago: (ms) => relative.format(-stepOf(ms)[0], stepOf(ms)[1]),
    until: (ms) => relative.format(...stepOf(ms)),
    list: (items) => conjunction.format(items),
  };
}

const NO_BREAK = '\u00a0';
const METRIC = {
  metresPerSecond: `${NO_BREAK}m/s`,
  kilometresPerHour: `${NO_BREAK}km/h`,
  hectopascals: `${NO_BREAK}hPa`,
  millimetres: `${NO_BREAK}mm`,
  metres: `${NO_BREAK}m`,
  kilometres: `${NO_BREAK}km`,
  wattsPerSquareMetre: `${NO_BREAK}W/m²`,
  degrees: '°',
} as const;

/** What follows the number. Intl knows neither hPa, knots nor W/m², and joins the others with spaces that differ. */
const SYMBOLS: Readonly<Record<Locale, Readonly<Record<Unit, string>>>> = {
  fr: {
    ...METRIC,
    celsius: `${NO_BREAK}°C`,
    fahrenheit: `${NO_BREAK}°F`,
    knots: `${NO_BREAK}nd`,
    milesPerHour: `${NO_BREAK}mi/h`,
    percent: `${NO_BREAK}%`,
  },
  en: {
    ...METRIC,
    celsius: '°C',
    fahrenheit: '°F',
    knots: `${NO_BREAK}kn`,
    milesPerHour: `${NO_BREAK}mph`,
    percent: '%',
  },
};

const STEPS = {
  fr: { minute: 'min', hour: 'h', day: 'j' },
  en: { minute: 'min', hour: 'h', day: 'd' },
} as const;

function stepOf(ms: number): [amount: number, step: 'minute' | 'hour' | 'day'] {
  const age = Math.max(0, ms);
  if (age < 90 * MINUTE_MS) return [Math.floor(age / MINUTE_MS), 'minute'];
  if (age < 2 * DAY_MS) return [Math.floor(age / HOUR_MS), 'hour'];
  return [Math.floor(age / DAY_MS), 'day'];
}

/** Formatters are dear to make: one per number of decimals. */
function kept<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const values = new Map<Key, Value>();
  return (key) => {
    let value = values.get(key);
    if (value === undefined) {
      value = make(key);
      values.set(key, value);
    }
    return value;
  };
}
