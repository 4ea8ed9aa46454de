import { type App, type AppOptions, startApp } from '../app.ts';
import type { LoadedConfig } from '../config/load.ts';
import { HarmattanError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { DAY_MS, floorTo, type Instant, MINUTE_MS, manualClock, systemClock } from '../core/time.ts';
import type { Transport } from '../core/transport.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/** How much past the demo has, so that every view has something to show. */
export const DEMO_DAYS = 30;

/** The demo asks nobody: its source makes the weather itself. */
const noTransport: Transport = async () => {
  throw new HarmattanError('HMT_POLL_UNREACHABLE', { detail: 'The demo uses no network.' });
};

export interface DemoOptions extends Pick<AppOptions, 'meter' | 'mode' | 'notice'> {
  readonly loaded: LoadedConfig;
  readonly homeFolder: string;
  readonly logger: Logger;
  /** Prints what happens while the past is made. */
  readonly pastLogger: Logger;
  /** Share of the back-fill that is done. */
  readonly onProgress: (share: number) => void;
  readonly signal: AbortSignal;
}

export interface Demo {
  readonly url: string | null;
  /** Resolves when the past is there and the live stages run. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/**
 * The same pipeline over the simulator, in a folder of its own. It answers at once; the past thirty days are then lived
 * through on a manual clock, slot by slot, exactly as they would have been polled, and from there on it runs live.
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { loaded, homeFolder, logger, meter, signal } = options;
  const workplace = await openWorkplace({
    loaded,
    homeFolder,
    logger,
    clock: systemClock,
    demo: true,
    as: 'configured',
  });
  let share = 0;
  const server = await startApp({
    workplace,
    roles: ['serve'],
    beside: ['poll', 'process', 'forecast'],
    transport: noTransport,
    random: Math.random,
    meter,
    mode: options.mode ?? 'demo',
    notice: options.notice ?? null,
    notReady: () => (share < 1 ? [`The past is being simulated: ${Math.floor(share * 100)} %.`] : []),
  }).catch(async (error: unknown) => {
    await workplace.close();
    throw error;
  });

  let live: App | null = null;
  const ready = (async () => {
    await liveThroughThePast(options, workplace, signal, (done) => {
      share = Math.min(done, 0.999);
      options.onProgress(done);
    });
    if (signal.aborted) return;
    live = await startApp({
      workplace,
      roles: ['poll', 'process', 'forecast'],
      transport: noTransport,
      random: Math.random,
      meter,
    });
    share = 1;
  })();
  return {
    url: server.url,
    ready,
    async stop() {
      await ready.catch(() => {});
      await live?.stop();
      await server.stop();
      await workplace.close();
    },
  };
}

/** From where the folder ends, at most thirty days back, up to now. On connections of its own, whose clock is the past's. */
async function liveThroughThePast(
  { loaded, homeFolder, pastLogger }: DemoOptions,
  { config, store }: Workplace,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<void> {
  const everyMs = config.poll.everyMinutes * MINUTE_MS;
  const known = await store.slots.extent();
  const begin = floorTo(Math.max(systemClock.now() - DEMO_DAYS * DAY_MS, known ? known.to + everyMs : 0), everyMs);
  if (systemClock.now() - begin < everyMs) return onProgress(1);
  const clock = manualClock(begin);
  const workplace = await openWorkplace({
    loaded,
    homeFolder,
    logger: pastLogger,
    clock,
    demo: true,
    as: 'configured',
    watchForeignMs: null,
    fsync: false,
  });
  const past = await startApp({
    workplace,
    roles: ['poll', 'process', 'forecast'],
    transport: noTransport,
    random: seededRandom(config.simulator.seed, 'demo'),
    meter: silentMeter,
  });
  for (let now: Instant = begin; now < systemClock.now() && !signal.aborted; now += everyMs) {
    await clock.advanceTo(Math.min(now + everyMs, systemClock.now()));
    onProgress((now - begin) / (systemClock.now() - begin));
  }
  const stopped = past.stop();
  await clock.settle();
  await stopped;
  await workplace.close();
  onProgress(1);
}
