import { HOUR_MS, type Instant, MINUTE_MS } from '../../../core/time.ts';
import { RUN_EVERY_MS, RUN_READY_MS } from '../model-run.ts';
import { openMeteoBodies, runOf } from './open-meteo-bodies.ts';
import { OpenMeteoRefusal, type OpenMeteoRequest, parseOpenMeteoRequest } from './open-meteo-request.ts';
import { DAILY, VARIABLES } from './open-meteo-variables.ts';
import { jsonReply, type ProviderCall, type ProviderReply, type ProviderWorld } from './provider-call.ts';
import { type ProviderLimit, ProviderQuota, type ProviderUsage, type WindowName } from './provider-quota.ts';

export const OPEN_METEO_FREE_LIMITS: readonly ProviderLimit[] = [
  { window: 'minute', limit: 600 },
  { window: 'hour', limit: 5000 },
  { window: 'day', limit: 10_000 },
];

const LIMIT_REASONS: Readonly<Record<WindowName, string>> = {
  minute: 'Minutely API request limit exceeded. Please try again in one minute.',
  hour: 'Hourly API request limit exceeded. Please try again in the next hour.',
  day: 'Daily API request limit exceeded. Please try again tomorrow.',
  month: 'Daily API request limit exceeded. Please try again tomorrow.',
};

export interface OpenMeteoServerOptions extends ProviderWorld {
  /** Keys that the customer host takes; calls with them are not limited. */
  readonly keys: readonly string[];
  readonly limits?: readonly ProviderLimit[];
}

export interface OpenMeteoServer {
  handle(call: ProviderCall): ProviderReply;
  usage(): readonly ProviderUsage[];
}

const failed = (status: number, reason: string, headers: Readonly<Record<string, string>> = {}): ProviderReply => {
  const reply = jsonReply(JSON.stringify({ error: true, reason }), status);
  return { ...reply, headers: { ...reply.headers, ...headers } };
};

/**
 * Open-Meteo as its clients know it: forecast, archive and the metadata of model runs, with the exact bodies, errors,
 * weights and windows of the free host. Values are the atmosphere's at the full hours with a run's error, interpolated
 * between them, as the real one does where it has no finer model.
 */
export function openMeteoServer(options: OpenMeteoServerOptions): OpenMeteoServer {
  const quota = new ProviderQuota('open-meteo');
  const limits = options.limits ?? OPEN_METEO_FREE_LIMITS;
  const bodies = openMeteoBodies(options);
  return {
    usage: () => quota.usage(),
    handle(call) {
      const { url, at, headers } = call;
      const meta = /^\/data\/([a-z0-9_]+)\/static\/meta\.json$/.exec(url.pathname);
      if (meta) return jsonReply(metaBody(call));
      const archive = url.pathname.endsWith('/v1/archive');
      if (!archive && !url.pathname.endsWith('/v1/forecast')) return failed(404, 'Not Found');
      const key = url.searchParams.get('apikey') ?? headers['x-api-key'] ?? null;
      const customer = url.hostname.startsWith('customer-');
      if (!customer && key !== null) return redirectToCustomer(url);
      if ((customer && key === null) || call.faulty('unauthorised-key-required'))
        return failed(401, 'API key required. Please add &apikey= to the URL.');
      if (customer && !options.keys.includes(key ?? '')) return failed(400, 'The supplied API key is invalid.');
      if (call.faulty('forbidden-plan'))
        return failed(403, 'This API endpoint requires the API Professional or Enterprise plan');
      const late = call.faulty('rate-limited-late');
      if (late || call.faulty('rate-limited')) return failed(429, LIMIT_REASONS.minute);
      if (call.faulty('rate-limited-retry-after'))
        return failed(429, LIMIT_REASONS.minute, { 'retry-after': String(60 - Math.floor((at % MINUTE_MS) / 1000)) });
      const admit = (units: number) => (customer ? null : quota.admit('free', limits, at, units, late));
      let request: OpenMeteoRequest;
      try {
        request = parseOpenMeteoRequest(url, at, archive);
        const hourLimit = limits.find((limit) => limit.window === 'hour')?.limit;
        if (!customer && hourLimit !== undefined && request.weight > hourLimit)
          throw new OpenMeteoRefusal(
            'Your API call requests too much data. Please reduce the number of variables, locations and/or weather models.',
          );
        checkVariables(request);
      } catch (error) {
        if (!(error instanceof OpenMeteoRefusal)) throw error;
        const spent = admit(1);
        return spent === null ? failed(400, error.message) : failed(429, LIMIT_REASONS[spent]);
      }
      const spent = admit(request.weight);
      if (spent !== null) return failed(429, LIMIT_REASONS[spent]);
      if (call.faulty('not-found')) return failed(400, 'No data is available for this location');
      return jsonReply(bodies(request, call));
    },
  };
}

function redirectToCustomer(url: URL): ProviderReply {
  const target = new URL(url);
  target.hostname = `customer-${url.hostname}`;
  return { status: 307, headers: { location: target.href }, body: '' };
}

function metaBody(call: ProviderCall): string {
  const runAt = runOf(call);
  const seconds = (at: Instant) => Math.floor(at / 1000);
  return JSON.stringify({
    data_end_time: seconds(runAt + 16 * 24 * HOUR_MS),
    last_run_availability_time: seconds(runAt + RUN_READY_MS),
    last_run_initialisation_time: seconds(runAt),
    last_run_modification_time: seconds(runAt + RUN_READY_MS - 3 * MINUTE_MS),
    temporal_resolution_seconds: 3600,
    update_interval_seconds: RUN_EVERY_MS / 1000,
  });
}

function checkVariables(request: OpenMeteoRequest): void {
  const check = (names: readonly string[], known: { has(name: string): boolean }, key: string) => {
    const wrong = names.find((name) => !known.has(name));
    if (wrong !== undefined)
      throw new OpenMeteoRefusal(
        `Data corrupted at path ''. Cannot initialize WeatherVariable from invalid String value ${wrong} for key ${key}.`,
      );
  };
  check(request.current, VARIABLES, 'current');
  check(request.minutely15, VARIABLES, 'minutely_15');
  check(request.hourly, VARIABLES, 'hourly');
  check(request.daily, DAILY, 'daily');
}
