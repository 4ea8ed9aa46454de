import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configuredSources } from '../../src/app/sources.ts';
import { openWorkplace, type Workplace } from '../../src/app/workplace.ts';
import { startApp } from '../../src/app.ts';
import { configSchema } from '../../src/config/config.ts';
import { HarmattanError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/log.ts';
import { silentMeter } from '../../src/core/meter.ts';
import { seededRandom } from '../../src/core/random.ts';
import { DAY_MS, HOUR_MS, type Instant, type ManualClock, MINUTE_MS, manualClock } from '../../src/core/time.ts';
import type { Transport } from '../../src/core/transport.ts';
import { faultSchedule } from '../../src/poll/simulator/faults.ts';
import { simulatedProviders } from '../../src/poll/simulator/providers/simulated-providers.ts';
import { loadPlaces } from '../../src/weather/place.ts';

/** The present of the pages: a day at noon, ten minutes after the last slot. */
export const NOW: Instant = Date.UTC(2024, 2, 15, 12, 55);
/** What is wrong with three places, and since when. */
export const LATE = 'kolda';
export const MISSING = 'kedougou';
/** Measures neither visibility nor UV. */
export const PARTIAL = 'matam';

const MISSING_SINCE = NOW - 100 * MINUTE_MS;
const LATE_SINCE = NOW - 15 * MINUTE_MS;
const SEED = 7;
const KEY = 'simulated-key-of-the-pages';
const HOME = fileURLToPath(new URL('../../', import.meta.url));
/** By the hour while only the long history and the forecasts' scores look at it, by the quarter for the last days. */
const PARTS = [
  { days: 27, everyMinutes: 60 },
  { days: 3, everyMinutes: 15 },
] as const;

export interface LivedMonth {
  readonly url: string;
  readonly clock: ManualClock;
  readonly workplace: Workplace;
  /** From here on every place is answered, or none. */
  answer(whom: 'all' | 'none'): void;
  close(): Promise<void>;
}

/**
 * Thirty days of the whole program against simulated providers, and its server at the end of them: one place is late,
 * one missing, one partial, the other ten on time. Its clock stands still until it is moved.
 */
export async function livedMonth(http: Readonly<Record<string, unknown>> = {}): Promise<LivedMonth> {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-pages-'));
  const places = loadPlaces(join(HOME, 'regions', 'senegal.json'));
  const clock = manualClock(NOW - PARTS.reduce((sum, { days }) => sum + days, 0) * DAY_MS);
  const providers = simulatedProviders({
    seed: SEED,
    places,
    clock,
    faults: faultSchedule(SEED, []),
    keys: { openweathermap: [{ key: KEY, products: ['3.0'] }], openMeteo: [] },
    oneCallPerDay: 100_000,
  });
  let answers: 'some' | 'all' | 'none' = 'some';
  const about = (id: string, url: string) => {
    const { latitude, longitude } = places.find((place) => place.id === id) ?? { latitude: 0, longitude: 0 };
    const { searchParams } = new URL(url);
    return Number(searchParams.get('lat')) === latitude && Number(searchParams.get('lon')) === longitude;
  };
  const transport: Transport = async (request) => {
    const { url } = request;
    const now = clock.now();
    const isMuted = (now >= MISSING_SINCE && about(MISSING, url)) || (now >= LATE_SINCE && about(LATE, url));
    if (answers === 'none' || (answers === 'some' && isMuted)) throw new HarmattanError('HMT_POLL_UNREACHABLE');
    const reply = await providers.transport(request);
    return about(PARTIAL, url) ? { ...reply, body: withoutSight(reply.body) } : reply;
  };

  const start = async (everyMinutes: number, serves: boolean) => {
    const config = configSchema.parse({
      data: folder,
      source: ['openweathermap'],
      openweathermap: { key: KEY, product: '3.0', callsPerDay: 100_000 },
      poll: { everyMinutes, spreadSeconds: 0, concurrentCalls: 16, attempts: 1 },
      watch: { everySeconds: 300 },
      http: { port: 0, rateLimitPerMinute: 0, ...http },
    });
    const workplace = await openWorkplace({
      loaded: { config, file: null, origins: new Map(), secrets: [KEY], untouched: false },
      homeFolder: HOME,
      logger: silentLogger,
      clock,
      places,
      demo: false,
      as: 'configured',
      watchForeignMs: null,
      fsync: false,
      simulated: true,
    });
    const app = await startApp({
      workplace,
      roles: ['poll', 'process', 'forecast', 'watch', ...(serves ? (['serve'] as const) : [])],
      transport,
      random: seededRandom(SEED, `pages ${everyMinutes}`),
      meter: silentMeter,
      sources: await configuredSources(config, false),
      simulated: true,
    });
    const close = async () => {
      const stopped = app.stop();
      await clock.settle();
      await stopped;
      await workplace.close();
    };
    return { app, workplace, close };
  };

  let running: Awaited<ReturnType<typeof start>> | null = null;
  for (const [index, { days, everyMinutes }] of PARTS.entries()) {
    const isLast = index === PARTS.length - 1;
    running = await start(everyMinutes, isLast);
    const until = isLast ? NOW : clock.now() + days * DAY_MS;
    while (clock.now() < until) await clock.advanceTo(Math.min(until, clock.now() + HOUR_MS));
    if (!isLast) await running.close();
  }
  if (!running?.app.url) throw new Error('The program does not answer.');
  const { app, workplace, close } = running;
  return {
    url: app.url ?? '',
    clock,
    workplace,
    answer: (whom) => {
      answers = whom;
    },
    async close() {
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A reply of the provider without what an older station does not measure. */
const withoutSight = (body: Uint8Array): Uint8Array =>
  Buffer.from(
    JSON.stringify(JSON.parse(Buffer.from(body).toString()), (name, value) =>
      name === 'visibility' || name === 'uvi' ? undefined : value,
    ),
  );
