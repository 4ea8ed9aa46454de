import { startApp } from '../app.ts';
import { verify } from '../audit/verify.ts';
import { configSchema } from '../config/config.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Meter } from '../core/meter.ts';
import { scrubber } from '../core/scrub.ts';
import { PROCESS_GROUP } from '../process/runner.ts';
import { promMeter } from '../serve/meter.ts';
import { serveApp } from '../serve/server.ts';
import type { StartProgram } from '../simulate/program.ts';
import { toldBetween } from '../watch/history.ts';
import type { Place } from '../weather/place.ts';
import { programOf } from './program.ts';
import { programLog } from './program-log.ts';
import { configuredSources } from './sources.ts';
import { decodersOf } from './stages.ts';
import { type OpenOptions, openWorkplace } from './workplace.ts';

/**
 * The whole program as the simulation starts it: the same stages on the clock and the providers it hands in, and on
 * another journal or store than the folder's where one is given.
 */
export function simulatedProgram(
  places: readonly Place[],
  homeFolder: string,
  others: Pick<OpenOptions, 'openJournal' | 'openStore' | 'alone'> = {},
): StartProgram {
  return async ({ folder, clock, random, transport, meter, writeLog, configuration }) => {
    const config = configSchema.parse({ ...configuration, data: folder, log: { level: 'debug', format: 'json' } });
    const secrets = [config.openweathermap.key, config.openMeteo.key].filter((key) => key !== null);
    const scrub = scrubber(secrets);
    const logger = programLog({
      level: 'debug',
      format: 'json',
      scrub: (line) => scrub.text(line),
      write: writeLog,
      clock,
    });
    const loaded: LoadedConfig = { config, file: null, origins: new Map(), secrets, untouched: false };
    const workplace = await openWorkplace({
      loaded,
      homeFolder,
      logger,
      clock,
      places,
      demo: false,
      as: 'configured',
      watchForeignMs: null,
      fsync: false,
      simulated: true,
      ...others,
    });
    const prom = promMeter();
    const both = teeMeter(prom, meter);
    const sources = await configuredSources(config, false);
    const roles = ['poll', 'process', 'forecast', 'watch'] as const;
    const app = await startApp({ workplace, roles, transport, random, meter: both, sources, simulated: true });
    const { journal, store } = workplace;
    return {
      journal,
      store,
      everyMs: app.poll?.everyMs ?? 0,
      verify: () =>
        verify({
          journal,
          store,
          decoders: decodersOf(workplace),
          group: PROCESS_GROUP,
        }),
      alerts: (from, to) => toldBetween(store.documents, from, to),
      async metricsText() {
        const program = await programOf({ workplace, sources, roles, poll: app.poll });
        const server = await serveApp({
          journal,
          store,
          places,
          clock,
          logger,
          options: config.http,
          program,
          meter: prom,
        });
        const reply = await server.inject('/metrics');
        await server.close();
        return reply.body;
      },
      stop: () => app.stop(),
      close: () => workplace.close(),
    };
  };
}

/** Counts with both. */
function teeMeter(one: Meter, other: Meter): Meter {
  return {
    count: (...what) => {
      one.count(...what);
      other.count(...what);
    },
    observe: (...what) => {
      one.observe(...what);
      other.observe(...what);
    },
    gauge: (...what) => {
      one.gauge(...what);
      other.gauge(...what);
    },
  };
}
