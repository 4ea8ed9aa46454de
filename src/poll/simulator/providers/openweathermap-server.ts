import { DAY_MS, EARLIEST_VALID_AT, floorTo, HOUR_MS, type Instant, MINUTE_MS } from '../../../core/time.ts';
import { hashText } from '../noise.ts';
import { type CodKind, type OwmQuestion, openWeatherMapBodies } from './openweathermap-bodies.ts';
import type { OwmUnits } from './openweathermap-record.ts';
import { jsonReply, type ProviderCall, type ProviderReply, type ProviderWorld } from './provider-call.ts';
import { type ProviderLimit, ProviderQuota, type ProviderUsage } from './provider-quota.ts';

export type OwmProduct = '2.5' | '3.0' | '4.0';

/** A key of an account and the products that it opens. */
export interface OwmAccount {
  readonly key: string;
  readonly products: readonly OwmProduct[];
}

export interface OpenWeatherMapServerOptions extends ProviderWorld {
  readonly accounts: readonly OwmAccount[];
  /** Calls of 3.0 and 4.0 together a UTC day: the free ones by default. */
  readonly oneCallPerDay?: number;
  readonly perMinute?: number;
  readonly perMonth?: number;
}

export interface OpenWeatherMapServer {
  handle(call: ProviderCall): ProviderReply;
  usage(): readonly ProviderUsage[];
}

const BAD_KEY =
  '{"cod":401,"message":"Invalid API key. Please see https://openweathermap.org/faq#error401 for more info."}';
const NOT_SUBSCRIBED =
  '{"cod":401, "message": "Please note that using One Call 3.0 requires a separate subscription to the One Call by Call plan. Learn more here https://openweathermap.org/price. If you have a valid subscription to the One Call by Call plan, but still receive this error, then please see https://openweathermap.org/faq#error401 for more info."}';
const TOO_MANY =
  '{"cod":429,"message":"Your account is temporary blocked due to exceeding of requests limitation of your subscription type. Please choose the proper subscription https://openweathermap.org/price"}';
const NO_CITY = '{"cod":"404","message":"city not found"}';
const UNKNOWN_PATH = '{"cod":"404","message":"Internal error"}';

/** Swaps the type of the `cod` member of a small error body. */
const swapCod = (body: string): string =>
  body.replace(/"cod":(?:"(\d+)"|(\d+))/, (_, text?: string, number?: string) =>
    text === undefined ? `"cod":"${number}"` : `"cod":${text}`,
  );

/**
 * OpenWeatherMap as its clients know it: 2.5 `weather` and `forecast`, One Call 3.0 (`onecall`, `timemachine`,
 * `day_summary`) and 4.0 (`current`, `timeline/*`), the closed paths of 2.5, with exact error bodies, unit systems and
 * limits. A call is charged when its key and product are good, whatever the answer is then.
 */
export function openWeatherMapServer(options: OpenWeatherMapServerOptions): OpenWeatherMapServer {
  const quota = new ProviderQuota('openweathermap');
  const bodies = openWeatherMapBodies(options);
  const oneCall: readonly ProviderLimit[] = [{ window: 'day', limit: options.oneCallPerDay ?? 1000 }];
  const classic: readonly ProviderLimit[] = [
    { window: 'minute', limit: options.perMinute ?? 60 },
    { window: 'month', limit: options.perMonth ?? 1_000_000 },
  ];
  const answer = (call: ProviderCall, key: string): ProviderReply => {
    const { url, at } = call;
    const path = url.pathname;
    const product = /\/data\/(2\.5|3\.0|4\.0)\//.exec(path)?.[1] as OwmProduct | undefined;
    if (product === undefined) return jsonReply(UNKNOWN_PATH, 404);
    const number = options.accounts.findIndex((account) => account.key === key);
    const account = options.accounts[number];
    if (!account || call.faulty('unauthorised-bad-key', '')) return jsonReply(BAD_KEY, 401);
    const closed = path.endsWith('/data/2.5/onecall') || path.endsWith('/data/2.5/group');
    if (closed || !account.products.includes(product) || call.faulty('unauthorised-not-subscribed', ''))
      return jsonReply(NOT_SUBSCRIBED, 401);
    const late = call.faulty('rate-limited-late', '');
    if (late || call.faulty('rate-limited')) return jsonReply(TOO_MANY, 429);
    if (call.faulty('rate-limited-retry-after')) {
      const reply = jsonReply(TOO_MANY, 429);
      return { ...reply, headers: { ...reply.headers, 'retry-after': '120' } };
    }
    const [shelf, limits] = product === '2.5' ? ['2.5', classic] : ['one-call', oneCall];
    if (quota.admit(`key ${number + 1} ${shelf}`, limits as readonly ProviderLimit[], at, 1, late) !== null)
      return jsonReply(TOO_MANY, 429);
    if (call.faulty('not-found')) return jsonReply(NO_CITY, 404);
    const question = questionOf(url, at, product, call);
    return 'refusal' in question ? question.refusal : route(path, question, bodies);
  };
  return {
    usage: () => quota.usage(),
    handle(call) {
      const reply = answer(call, call.url.searchParams.get('appid') ?? '');
      return reply.status !== 200 && call.faulty('cod-string') ? { ...reply, body: swapCod(reply.body) } : reply;
    },
  };
}

type Bodies = ReturnType<typeof openWeatherMapBodies>;

const badParameter = (product: OwmProduct, name: string, message: string): ProviderReply =>
  jsonReply(
    product === '2.5'
      ? JSON.stringify({ cod: '400', message })
      : JSON.stringify({ cod: 400, message, parameters: [name] }),
    400,
  );

/** Reads the parameters, or gives the reply that refuses them. */
function questionOf(
  url: URL,
  at: Instant,
  product: OwmProduct,
  call: ProviderCall,
): OwmQuestion | { readonly refusal: ProviderReply } {
  const query = url.searchParams;
  const number = (name: string) => {
    const text = query.get(name);
    return text === null || text.trim() === '' ? Number.NaN : Number(text);
  };
  const latitude = number('lat');
  const longitude = number('lon');
  const wrong = (name: string, message: string) => ({ refusal: badParameter(product, name, message) });
  if (query.get('lat') === null || query.get('lon') === null)
    return wrong(query.get('lat') === null ? 'lat' : 'lon', 'Nothing to geocode');
  if (!(Math.abs(latitude) <= 90)) return wrong('lat', 'wrong latitude');
  if (!(Math.abs(longitude) <= 180)) return wrong('lon', 'wrong longitude');
  const units = query.get('units') ?? 'standard';
  if (units !== 'standard' && units !== 'metric' && units !== 'imperial') return wrong('units', 'Invalid units');
  const wanted = /timemachine$/.test(url.pathname) ? 'dt' : query.get('start') === null ? null : 'start';
  const dt = wanted === null ? at : number(wanted) * 1000;
  if (wanted !== null && !(dt >= EARLIEST_VALID_AT && dt <= at + 4 * DAY_MS && Number.isInteger(dt)))
    return wrong(wanted, `Invalid ${wanted}`);
  const date = query.get('date');
  if (url.pathname.endsWith('/day_summary') && (date === null || Number.isNaN(Date.parse(`${date}T00:00:00Z`))))
    return wrong('date', 'Invalid date format');
  const place = `${latitude},${longitude}`;
  const faulty: OwmQuestion['faulty'] = (name) => call.faulty(name, place);
  return {
    latitude,
    longitude,
    units: units as OwmUnits,
    at,
    // A stale provider goes on answering with what it had hours ago.
    dt: faulty('stale-time') ? dt - 3 * HOUR_MS : dt,
    dataAt: dataTime(at, place) - (call.faulty('stale-time', '') ? 3 * HOUR_MS : 0),
    exclude: (query.get('exclude') ?? '').split(','),
    count: query.get('cnt') === null ? null : Math.max(1, Math.floor(number('cnt')) || 1),
    date,
    url,
    faulty,
  };
}

/** When the provider last computed a place: every ten minutes, each place at a time of its own. */
function dataTime(at: Instant, place: string): Instant {
  const ownMs = (hashText(0, place) % 600) * 1000;
  return floorTo(at - ownMs, 10 * MINUTE_MS) + ownMs;
}

function route(path: string, question: OwmQuestion, bodies: Bodies): ProviderReply {
  const cod: CodKind = question.faulty('cod-string') ? 'string' : 'number';
  if (path.endsWith('/data/2.5/weather')) return jsonReply(bodies.weather(question, cod));
  if (path.endsWith('/data/2.5/forecast')) return jsonReply(bodies.forecast(question, cod));
  if (path.endsWith('/data/3.0/onecall')) return jsonReply(bodies.oneCall(question));
  if (path.endsWith('/data/3.0/onecall/timemachine')) return jsonReply(bodies.timeMachine(question));
  if (path.endsWith('/data/3.0/onecall/day_summary')) return jsonReply(bodies.daySummary(question));
  if (path.endsWith('/data/4.0/onecall/current')) return jsonReply(bodies.current(question));
  const timeline = /\/data\/4\.0\/onecall\/timeline\/(1min|15min|1h|1day)$/.exec(path)?.[1];
  if (timeline !== undefined) return jsonReply(bodies.timeline(question, timeline as '1min' | '15min' | '1h' | '1day'));
  return jsonReply(UNKNOWN_PATH, 404);
}
