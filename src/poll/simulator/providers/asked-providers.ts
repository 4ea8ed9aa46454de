import { type Instant, type ManualClock, manualClock } from '../../../core/time.ts';
import { parsePlaces } from '../../../weather/place.ts';
import { type FaultSchedule, noFaults } from '../faults.ts';
import { type SimulatedProviders, simulatedProviders } from './simulated-providers.ts';

export const KEY = '0123456789abcdef0123456789abcdef';

/** Simulated providers of three places on a manual clock, with short ways to ask them: for tests. */
export interface AskedProviders {
  readonly clock: ManualClock;
  readonly providers: SimulatedProviders;
  /** Path and query after the host; OpenWeatherMap's key is added where `appid` is not named. */
  ask(
    path: string,
  ): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly text: string }>;
}

export function askedProviders(
  options: {
    readonly at?: Instant;
    readonly faults?: FaultSchedule;
    readonly products?: readonly ('2.5' | '3.0' | '4.0')[];
  } = {},
): AskedProviders {
  const clock = manualClock(options.at ?? Date.UTC(2024, 1, 15, 12, 7, 20));
  const providers = simulatedProviders({
    seed: 7,
    places: parsePlaces([
      {
        name: 'Dakar',
        latitude: 14.7333,
        longitude: -17.5,
        elevationM: 20,
        landscape: 'coast',
        timeZone: 'Africa/Dakar',
        icao: 'GOBD',
      },
      {
        name: 'Matam',
        latitude: 15.65,
        longitude: -13.25,
        elevationM: 15,
        landscape: 'river',
        timeZone: 'Africa/Dakar',
      },
      { name: 'Tromso', latitude: 69.65, longitude: 18.95, elevationM: 0, landscape: 'coast', timeZone: 'Europe/Oslo' },
    ]),
    clock,
    faults: options.faults ?? noFaults,
    keys: {
      openweathermap: [{ key: KEY, products: options.products ?? ['2.5', '3.0', '4.0'] }],
      openMeteo: ['a-paid-key'],
    },
  });
  return {
    clock,
    providers,
    async ask(path) {
      const openWeatherMap = path.startsWith('/data/2') || path.startsWith('/data/3') || path.startsWith('/data/4');
      const host = openWeatherMap ? 'https://api.openweathermap.org' : 'https://api.open-meteo.com';
      const key = openWeatherMap && !path.includes('appid=') ? `&appid=${KEY}` : '';
      const url = path.startsWith('https:') ? path : `${host}${path}${key}`;
      const reply = await providers.transport({ url, headers: {}, timeoutMs: 20_000, maxBytes: 5_000_000 });
      return { status: reply.status, headers: reply.headers, text: Buffer.from(reply.body).toString('utf8') };
    },
  };
}
