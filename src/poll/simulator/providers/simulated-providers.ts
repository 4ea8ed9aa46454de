import { HarmattanError } from '../../../core/errors.ts';
import { type Clock, HOUR_MS, type Instant, SECOND_MS } from '../../../core/time.ts';
import type { Transport, TransportReply, TransportRequest } from '../../../core/transport.ts';
import type { Place } from '../../../weather/place.ts';
import type { FaultName, FaultSchedule, ProviderId } from '../faults.ts';
import { hashText } from '../noise.ts';
import { atmosphere } from '../weather.ts';
import { metarServer } from './metar-server.ts';
import { openMeteoServer } from './open-meteo-server.ts';
import { type OwmAccount, openWeatherMapServer } from './openweathermap-server.ts';
import type { ProviderReply, ProviderSite } from './provider-call.ts';
import type { ProviderLimit, ProviderUsage } from './provider-quota.ts';

export interface SimulatedProvidersOptions {
  /** Of the weather. */
  readonly seed: number;
  readonly places: readonly Place[];
  readonly clock: Clock;
  readonly faults: FaultSchedule;
  readonly keys: { readonly openweathermap: readonly OwmAccount[]; readonly openMeteo: readonly string[] };
  /** Calls of One Call 3.0 and 4.0 a UTC day; 1,000 without it. */
  readonly oneCallPerDay?: number;
  /** Limits of Open-Meteo's free host; the real ones without it. */
  readonly openMeteoLimits?: readonly ProviderLimit[];
}

/** How one exchange goes, from the first byte to the last. */
export type Exchange =
  | { readonly kind: 'refused' }
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
      /** How long the first byte takes. */
      readonly firstByteMs: number;
      /** Where the body stops before its end, and how; `null` for a whole body. */
      readonly cut: { readonly afterBytes: number; readonly then: 'stall' | 'reset' } | null;
    };

export interface SimulatedProviders {
  /** Answers in the process itself; waits on the clock only for slow and stalled bodies. */
  readonly transport: Transport;
  /** One request at this instant: what `transport` and `serveProviders` both do. */
  exchange(url: URL, headers: Readonly<Record<string, string>>): Exchange;
  /** What each credential used of each limit, as the providers counted it. */
  usage(): readonly ProviderUsage[];
  /** How often each fault was met. */
  met(): Readonly<Partial<Record<FaultName, number>>>;
  /** Requests of any outcome, outages included. */
  calls(): number;
}

const SLOW_MS = 25 * SECOND_MS;
const SKEW_MS = 2 * HOUR_MS;
const REMEMBERED_BODIES = 5000;

/**
 * Open-Meteo, OpenWeatherMap and the Aviation Weather Center in one: they share the weather of the seed, and each has its own quota and faults.
 * Which provider is asked follows from the path, so that any base URL works. Deterministic: equal calls at equal
 * instants in equal order get equal bytes.
 */
export function simulatedProviders(options: SimulatedProvidersOptions): SimulatedProviders {
  const { clock, faults } = options;
  const world = { air: atmosphere(options.seed), siteAt: siteFinder(options.places) };
  const openMeteo = openMeteoServer({
    ...world,
    keys: options.keys.openMeteo,
    ...(options.openMeteoLimits ? { limits: options.openMeteoLimits } : {}),
  });
  const openWeatherMap = openWeatherMapServer({
    ...world,
    accounts: options.keys.openweathermap,
    ...(options.oneCallPerDay === undefined ? {} : { oneCallPerDay: options.oneCallPerDay }),
  });
  const metar = metarServer({ ...world, places: options.places });
  const met: Partial<Record<FaultName, number>> = {};
  const lastBodies = new Map<string, string>();
  let calls = 0;
  let underWay = 0;

  const exchange = (url: URL, headers: Readonly<Record<string, string>>): Exchange => {
    calls += 1;
    const at = clock.now();
    const provider = providerOf(url);
    const question = questionKey(url);
    const faulty = (name: FaultName, key = question) => {
      const on = faults.active(name, provider, at, key);
      if (on) met[name] = (met[name] ?? 0) + 1;
      return on;
    };
    if (faulty('outage', '')) return { kind: 'refused' };
    const server = { 'open-meteo': openMeteo, openweathermap: openWeatherMap, metar }[provider];
    let reply = brokenFront(url, at, question, faulty) ?? server.handle({ url, headers, at, faulty });
    if (reply.status === 200) {
      const body = faulty('duplicate-round') ? (lastBodies.get(question) ?? reply.body) : reply.body;
      if (lastBodies.size >= REMEMBERED_BODIES) lastBodies.clear();
      lastBodies.set(question, reply.body);
      reply = { ...reply, body: faulty('truncated-body') ? cutShort(body, provider) : body };
    }
    const date = new Date(at + (faulty('clock-skew', '') ? SKEW_MS : 0)).toUTCString();
    const body = Buffer.from(reply.body);
    const afterBytes = Math.floor(body.length / 2);
    const then = faulty('reset-mid-body') ? 'reset' : faulty('stalled-body') ? 'stall' : null;
    return {
      kind: 'reply',
      status: reply.status,
      headers: { ...reply.headers, date, server: 'nginx' },
      body,
      firstByteMs: faulty('slow-first-byte') ? SLOW_MS : 0,
      cut: then === null ? null : { afterBytes, then },
    };
  };

  const transport: Transport = async (request) => {
    let url = new URL(request.url);
    for (let hops = 0; hops < 5; hops++) {
      // Open-Meteo's free host runs one call and queues five; without waiting there is never more than one.
      underWay += 1;
      try {
        const crowded = underWay > 6 && url.pathname.startsWith('/v1/');
        const reply = crowded ? TOO_MANY_AT_ONCE : await deliver(exchange(url, request.headers), request, clock);
        const target = reply.status >= 301 && reply.status <= 308 ? reply.headers.location : undefined;
        if (target === undefined) return reply;
        url = new URL(target, url);
      } finally {
        underWay -= 1;
      }
    }
    throw new HarmattanError('HMT_POLL_UNREACHABLE', { detail: 'Too many redirects.' });
  };

  return {
    transport,
    exchange,
    usage: () => [...openMeteo.usage(), ...openWeatherMap.usage(), ...metar.usage()],
    met: () => met,
    calls: () => calls,
  };
}

const providerOf = ({ pathname }: URL): ProviderId => {
  if (pathname.endsWith('/api/data/metar')) return 'metar';
  return /\/data\/\d\.\d\//.test(pathname) ? 'openweathermap' : 'open-meteo';
};

const TOO_MANY_AT_ONCE: TransportReply = {
  status: 429,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: Buffer.from('{"error":true,"reason":"Too many concurrent requests"}'),
};

/** Carries an exchange to the caller with the bounds of its request. */
async function deliver(exchange: Exchange, request: TransportRequest, clock: Clock): Promise<TransportReply> {
  const { timeoutMs, maxBytes, signal } = request;
  const stopped = () => new HarmattanError('HMT_POLL_UNREACHABLE', { detail: 'The call was given up.' });
  if (signal?.aborted) throw stopped();
  if (exchange.kind === 'refused')
    throw new HarmattanError('HMT_POLL_UNREACHABLE', { detail: 'The connection was refused.' });
  const { firstByteMs, cut, body } = exchange;
  const waitMs = cut?.then === 'stall' ? timeoutMs : Math.min(firstByteMs, timeoutMs);
  if (waitMs > 0) await clock.sleep(waitMs, signal);
  if (signal?.aborted) throw stopped();
  if (waitMs >= timeoutMs)
    throw new HarmattanError('HMT_POLL_TIMEOUT', { detail: `No whole answer within ${timeoutMs / 1000} s.` });
  if (cut !== null)
    throw new HarmattanError('HMT_POLL_UNREACHABLE', {
      detail: 'The connection was reset in the middle of the answer.',
    });
  if (body.length > maxBytes)
    throw new HarmattanError('HMT_POLL_BODY_TOO_LARGE', { detail: `More than ${maxBytes} bytes.` });
  return { status: exchange.status, headers: exchange.headers, body };
}

type Faulty = (name: FaultName, key?: string) => boolean;

/** What stands in front of a provider and answers instead of it. */
function brokenFront(url: URL, at: Instant, question: string, faulty: Faulty): ProviderReply | null {
  const html = { 'content-type': 'text/html' };
  if (faulty('html-200')) {
    const login = `https://portal.example/login?continue=${encodeURIComponent(url.href)}`;
    return {
      status: 200,
      headers: html,
      body: `<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><p>Sign in to go on to ${url.href.replaceAll('&', '&amp;')}</p><a href="${login}">Sign in</a></body></html>\n`,
    };
  }
  if (!faulty('server-error-html')) return null;
  const titles = [
    '500 Internal Server Error',
    '502 Bad Gateway',
    '503 Service Temporarily Unavailable',
    '504 Gateway Time-out',
  ];
  const title = titles[hashText(at / SECOND_MS, question) % titles.length] ?? '502 Bad Gateway';
  return {
    status: Number(title.slice(0, 3)),
    headers: html,
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`,
  };
}

const cutShort = (body: string, provider: ProviderId): string =>
  body.slice(0, Math.floor(body.length * 0.6)) +
  (provider === 'open-meteo' ? 'Unexpected error while streaming data: timeoutReached' : '');

/** The path and the places of a call: what stays the same from round to round. */
const questionKey = (url: URL): string => {
  const { searchParams: query } = url;
  const where =
    query.get('ids') ?? `${query.get('lat') ?? query.get('latitude')} ${query.get('lon') ?? query.get('longitude')}`;
  return `${url.pathname} ${where}`;
};

/** Finds the known place of a point, equal to two decimals. */
function siteFinder(places: readonly Place[]): (latitude: number, longitude: number) => ProviderSite {
  const key = (latitude: number, longitude: number) => `${latitude.toFixed(2)},${longitude.toFixed(2)}`;
  const known = new Map(places.map((place) => [key(place.latitude, place.longitude), place]));
  return (latitude, longitude) =>
    known.get(key(latitude, longitude)) ?? {
      latitude,
      longitude,
      elevationM: null,
      landscape: null,
      name: '',
      timeZone: 'UTC',
    };
}
