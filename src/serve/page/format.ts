import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';

export type Language = 'fr' | 'en';

/** Numbers, times and ages as people of either language write them. One per language. */
export interface Format {
  /** `29,3 °C` and `29.3°C`; a dash where there is no value. */
  temperature(celsius: number | null): string;
  /** The same without decimals and unit, for narrow places. */
  degrees(celsius: number | null): string;
  count(value: number): string;
  percent(share: number): string;
  /** `12:45` in the zone. */
  clock(at: Instant, timeZone: string): string;
  /** `13 h` and `13:00`: a full hour in the zone. */
  hour(at: Instant, timeZone: string): string;
  /** `mercredi 22 juillet, 12:45`. */
  day(at: Instant, timeZone: string): string;
  /** `il y a 4 min`. The page's script words ages the same way. */
  age(ageMs: number): string;
  /** `dans 12 min`. */
  until(aheadMs: number): string;
  /** `9 min`, `3 h`. */
  duration(ms: number): string;
}

const made = new Map<Language, Format>();

export function formatOf(language: Language): Format {
  let format = made.get(language);
  if (!format) {
    format = newFormat(language);
    made.set(language, format);
  }
  return format;
}

function newFormat(language: Language): Format {
  const locale = language === 'fr' ? 'fr-FR' : 'en-GB';
  const unit = language === 'fr' ? '\u00a0°C' : '°C';
  const number = (decimals: number) =>
    new Intl.NumberFormat(locale, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      signDisplay: 'negative',
    });
  const [tenths, whole] = [number(1), number(0)];
  const share = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const relative = new Intl.RelativeTimeFormat(locale, { style: 'short', numeric: 'always' });
  const zoned = zonedFormats(locale);
  const ahead = (ms: number, sign: 1 | -1) => {
    const [amount, name] = stepOf(ms);
    return relative.format(sign * amount, name);
  };
  return {
    temperature: (celsius) => (celsius === null ? '–' : `${tenths.format(celsius)}${unit}`),
    degrees: (celsius) => (celsius === null ? '–' : whole.format(celsius)),
    count: (value) => whole.format(value),
    percent: (value) => share.format(value),
    clock: (at, timeZone) => zoned(timeZone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at),
    hour: (at, timeZone) => {
      const text = zoned(timeZone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
      return language === 'fr' && text.endsWith(':00') ? `${Number(text.slice(0, 2))}\u00a0h` : text;
    },
    day: (at, timeZone) =>
      zoned(timeZone, {
        weekday: 'long',
        day: 'numeric',
        month: 'long',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      }).format(at),
    age: (ms) => ahead(ms, -1),
    until: (ms) => ahead(ms, 1),
    duration: (ms) => {
      const [amount, name] = stepOf(ms);
      return `${whole.format(amount)}\u00a0${DURATION[language][name]}`;
    },
  };
}

const DURATION = {
  fr: { minute: 'min', hour: 'h', day: 'j' },
  en: { minute: 'min', hour: 'h', day: 'd' },
} as const;

/** Minutes up to 90, hours up to two days, then days; never negative. */
function stepOf(ms: number): readonly [number, 'minute' | 'hour' | 'day'] {
  const age = Math.max(0, ms);
  if (age < 90 * MINUTE_MS) return [Math.floor(age / MINUTE_MS), 'minute'];
  if (age < 2 * DAY_MS) return [Math.floor(age / HOUR_MS), 'hour'];
  return [Math.floor(age / DAY_MS), 'day'];
}

/** Formatters are dear to make: one per zone and kind, for as many zones as places have. */
function zonedFormats(locale: string) {
  const kept = new Map<string, Intl.DateTimeFormat>();
  return (timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
    const key = `${timeZone} ${Object.keys(options).join()}`;
    let format = kept.get(key);
    if (!format) {
      format = new Intl.DateTimeFormat(locale, { ...options, timeZone });
      kept.set(key, format);
    }
    return format;
  };
}
