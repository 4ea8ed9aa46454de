import { HarmattanError } from '../../core/errors.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import { hash32, hashText, share } from './noise.ts';

/** The providers that the simulator speaks for. */
export type ProviderId = 'open-meteo' | 'openweathermap' | 'metar';

/** Who a fault happens to: a provider, or the program itself. */
export type FaultParty = ProviderId | 'program';

interface FaultRow {
  /** What a client sees, in one sentence. */
  readonly description: string;
  /** Who can have it. */
  readonly providers: readonly FaultParty[];
  /** `calls`: this share of calls, each by its own chance. `spells`: now and then for a while, all calls. */
  readonly when: { readonly calls: number } | { readonly everyMs: number; readonly lastsMs: number };
}

const BOTH: readonly ProviderId[] = ['open-meteo', 'openweathermap'];
const ALL: readonly ProviderId[] = [...BOTH, 'metar'];
const OPEN_METEO: readonly ProviderId[] = ['open-meteo'];
const OPENWEATHERMAP: readonly ProviderId[] = ['openweathermap'];
const PROGRAM: readonly FaultParty[] = ['program'];
const spells = (everyDays: number, lastsMs: number) => ({ everyMs: everyDays * DAY_MS, lastsMs });

/** Every fault by its name: what real providers of these two kinds have been seen to do. */
export const FAULTS = {
  'missing-optional-fields': {
    description:
      'Fields that not every place has (visibility, gust, UV, rain) are left out, or null where the format has nulls.',
    providers: ALL,
    when: { calls: 0.03 },
  },
  'empty-data': {
    description: 'The answer is well formed and holds no record.',
    providers: ALL,
    when: { calls: 0.01 },
  },
  'two-weather-entries': {
    description: 'The list of conditions has two entries, the primary one first.',
    providers: OPENWEATHERMAP,
    when: { calls: 0.05 },
  },
  'rain-3h': {
    description: 'Rain is given for three hours instead of one.',
    providers: OPENWEATHERMAP,
    when: { calls: 0.02 },
  },
  'cod-string': {
    description: 'The status inside the body is a string where it is usually a number, and the reverse.',
    providers: OPENWEATHERMAP,
    when: { calls: 0.05 },
  },
  'unauthorised-bad-key': {
    description: '401: the key is not known, for a while.',
    providers: OPENWEATHERMAP,
    when: spells(9, 40 * MINUTE_MS),
  },
  'unauthorised-not-subscribed': {
    description: '401: the key does not include this product, for a while.',
    providers: OPENWEATHERMAP,
    when: spells(11, 40 * MINUTE_MS),
  },
  'unauthorised-key-required': {
    description: '401: a key is wanted where none was needed, for a while.',
    providers: OPEN_METEO,
    when: spells(10, 30 * MINUTE_MS),
  },
  'forbidden-plan': {
    description: '403: the plan does not include this endpoint, for a while.',
    providers: OPEN_METEO,
    when: spells(10, 30 * MINUTE_MS),
  },
  'not-found': {
    description: 'No data for this place: the same question must not be asked again at once.',
    providers: BOTH,
    when: { calls: 0.005 },
  },
  'rate-limited': {
    description: '429 without Retry-After although the quota is not used up.',
    providers: ALL,
    when: { calls: 0.01 },
  },
  'rate-limited-retry-after': {
    description: '429 with Retry-After.',
    providers: ALL,
    when: { calls: 0.01 },
  },
  'rate-limited-late': {
    description:
      '429 for a quarter of an hour though the quota has room: the counters of the provider are behind, in both directions.',
    providers: ALL,
    when: spells(3, 15 * MINUTE_MS),
  },
  'server-error-html': {
    description: '500, 502, 503 or 504 with a page of HTML instead of JSON.',
    providers: ALL,
    when: { calls: 0.02 },
  },
  'truncated-body': {
    description: '200 with JSON that is cut short, followed by the text of an error.',
    providers: ALL,
    when: { calls: 0.01 },
  },
  'html-200': {
    description:
      '200 with a page of HTML: a portal between the program and the network, which repeats the address asked for.',
    providers: ALL,
    when: { calls: 0.005 },
  },
  'slow-first-byte': {
    description: 'The first byte comes after 25 seconds.',
    providers: ALL,
    when: { calls: 0.004 },
  },
  'stalled-body': {
    description: 'The body stops in the middle and the connection stays open.',
    providers: ALL,
    when: { calls: 0.004 },
  },
  'reset-mid-body': {
    description: 'The connection is reset in the middle of the body.',
    providers: ALL,
    when: { calls: 0.005 },
  },
  'duplicate-round': {
    description: 'The answer to the question before, byte for byte.',
    providers: ALL,
    when: { calls: 0.02 },
  },
  'stale-time': {
    description: 'Readings hours old, or of a model run a day old, given as the present.',
    providers: ALL,
    when: spells(5, 3 * HOUR_MS),
  },
  'clock-skew': {
    description: "The provider's Date header is two hours off.",
    providers: ALL,
    when: spells(3, 6 * HOUR_MS),
  },
  'nulls-first': {
    description: 'The values of the last hour are null at first and there an hour later.',
    providers: OPEN_METEO,
    when: spells(4, 2 * HOUR_MS),
  },
  'dst-day': {
    description: 'The answer names a zone whose clocks change today, with the offset of the other half of the day.',
    providers: BOTH,
    when: spells(10, 24 * HOUR_MS),
  },
  'polar-day': {
    description: 'The sun neither rises nor sets: both times are left out.',
    providers: OPENWEATHERMAP,
    when: spells(8, 12 * HOUR_MS),
  },
  'grid-cell-coordinates': {
    description: "The coordinates in the answer are a coarse grid cell's: several places share one.",
    providers: BOTH,
    when: { calls: 0.1 },
  },
  'next-link-with-key': {
    description: 'The answer links to its next page with the key inside.',
    providers: OPENWEATHERMAP,
    when: { calls: 0.1 },
  },
  outage: {
    description: 'The provider cannot be reached for hours.',
    providers: ALL,
    when: spells(6, 4 * HOUR_MS),
  },
  'program-restart': {
    description: 'The program is stopped and started again, at once or after up to two and a half hours.',
    providers: PROGRAM,
    when: { calls: 0.004 },
  },
  'hostile-messages': {
    description: 'Strangers write into the journal what no decoder can use.',
    providers: PROGRAM,
    when: { calls: 0.005 },
  },
} as const satisfies Record<string, FaultRow>;

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

/**
 * Reads `all`, `none` or a list of names (`outage,html-200`).
 *
 * @throws HarmattanError HMT_CLI_USAGE naming the first name that is no fault
 */
export function parseFaults(text: string): readonly FaultName[] {
  const wanted = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (wanted.length === 1 && wanted[0] === 'all') return FAULT_NAMES;
  if (wanted.length === 0 || (wanted.length === 1 && wanted[0] === 'none')) return [];
  for (const name of wanted) {
    if (Object.hasOwn(FAULTS, name)) continue;
    throw new HarmattanError('HMT_CLI_USAGE', {
      detail: `"${name}" is not a fault. Faults are all, none, ${FAULT_NAMES.join(', ')}.`,
      field: '--faults',
    });
  }
  return FAULT_NAMES.filter((name) => wanted.includes(name));
}

/** Says which fault is on: a pure function of its arguments, so that equal runs meet equal faults. */
export interface FaultSchedule {
  readonly names: readonly FaultName[];
  /** `key` is what the chance is drawn for: the places of a call, or one of them. */
  active(name: FaultName, provider: FaultParty, at: Instant, key: string): boolean;
}

export function faultSchedule(seed: number, names: readonly FaultName[]): FaultSchedule {
  const seeds = new Map<string, number>();
  const seedOf = (name: FaultName, provider: FaultParty) => {
    const id = `${name} ${provider}`;
    const known = seeds.get(id);
    if (known !== undefined) return known;
    const made = hashText(seed, id);
    seeds.set(id, made);
    return made;
  };
  return {
    names,
    active(name, provider, at, key) {
      if (!names.includes(name)) return false;
      const row: FaultRow = FAULTS[name];
      if (!row.providers.includes(provider)) return false;
      const own = seedOf(name, provider);
      if ('calls' in row.when) return share(hashText(hash32(own, at, Math.floor(at / 2 ** 31)), key)) < row.when.calls;
      const { everyMs, lastsMs } = row.when;
      const cell = Math.floor(at / everyMs);
      const thisLastsMs = lastsMs * (0.5 + share(hash32(own, cell, 1)));
      const startAt = cell * everyMs + share(hash32(own, cell, 2)) * (everyMs - thisLastsMs);
      return at >= startAt && at < startAt + thisLastsMs;
    },
  };
}

/** No fault at any time. */
export const noFaults: FaultSchedule = { names: [], active: () => false };

/** These faults on every call: for tests of one fault. */
export const alwaysFaults = (...names: FaultName[]): FaultSchedule => ({
  names,
  active: (name, provider) =>
    names.includes(name) && (FAULTS[name].providers as readonly FaultParty[]).includes(provider),
});
