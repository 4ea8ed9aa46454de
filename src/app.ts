import { outboxOf } from './app/channels.ts';
import { forecastStageOf } from './app/forecasting.ts';
import { keepHouse } from './app/housekeeping.ts';
import { indexStageOf, searchIndexOf } from './app/indexing.ts';
import { programOf } from './app/program.ts';
import { recordEvents } from './app/record-events.ts';
import { configuredSources } from './app/sources.ts';
import { expectationOf, processStageOf } from './app/stages.ts';
import { watchStageOf } from './app/watching.ts';
import { tellOfWorker, type WorkerName } from './app/workers.ts';
import { notePlaces, type Workplace } from './app/workplace.ts';
import type { Config } from './config/config.ts';
import type { Context } from './core/context.ts';
import type { Meter } from './core/meter.ts';
import type { Random } from './core/random.ts';
import type { Transport } from './core/transport.ts';
import { type Role, takeRole } from './folder/role-lock.ts';
import { type PollStage, pollStage } from './poll/poller.ts';
import type { Source } from './poll/source.ts';
import type { PromMeter } from './serve/meter.ts';
import { startProbes } from './serve/probes.ts';
import type { ProgramMode, Sentence } from './serve/program.ts';
import { startServer } from './serve/server.ts';

export interface AppOptions {
  readonly workplace: Workplace;
  readonly roles: readonly Role[];
  readonly transport: Transport;
  readonly random: Random;
  readonly meter: Meter | PromMeter;
  /** What this run polls differently from the configuration: a replay's own cadence. */
  readonly pollOptions?: Partial<Config['poll']>;
  /** By default those of the configuration. */
  readonly sources?: readonly Source[];
  readonly mode?: ProgramMode;
  readonly notice?: Sentence | null;
  /** Which process this is, for the status of all; without one nobody is told of it. */
  readonly worker?: WorkerName;
  /** Roles that run beside these in the same process: the status says so. */
  readonly beside?: readonly Role[];
  /** A simulated life: whatever lies outside of it is not looked at. */
  readonly simulated?: boolean;
  /** What still has to be done before `/readyz` says yes, one sentence each; asked at every look. */
  readonly notReady?: () => readonly string[];
}

/** How often the outbox looks for messages that another process wrote (`alerts test`), ms. */
const LOOK_FOR_ROWS_MS = 1000;

/** The running program. */
export interface App {
  /** Where it answers; `null` without the serve role and without `http.workerPort`. */
  readonly url: string | null;
  /** The poll stage; `null` without the role or when nobody is asked and nothing expected. */
  readonly poll: PollStage | null;
  /** Ends every stage after the batch in hand, then the server, then the locks. The workplace stays open. */
  stop(): Promise<void>;
}

/**
 * The composition root: the flow, top to bottom. Each stage runs until it is stopped; they meet in the workplace's
 * journal and store and nowhere else.
 *
 * @throws HarmattanError HMT_FOLDER_LOCKED, HMT_HTTP_PORT_TAKEN, HMT_POLL_QUOTA_PLAN, HMT_POLL_REPLAY_FILE; with
 *   `index.atStart: exit` HMT_INDEX_*
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { workplace, roles, transport, random, meter } = options;
  const { config, folder, clock, journal, store, places } = workplace;
  const logger = recordEvents({
    logger: workplace.logger,
    log: store.events,
    clock,
    secrets: workplace.loaded.secrets,
  });
  const has = (role: Role) => roles.includes(role);
  const stop = new AbortController();
  const locks = takeRoles(folder, roles, workplace);
  const contextOf = (stage: string): Context => ({ clock, random, meter, logger: logger.child({ stage }) });

  try {
    const sources = options.sources ?? (await configuredSources(config, workplace.demo));
    const expectation = expectationOf(workplace);
    if (has('poll') || has('process')) await notePlaces(workplace);

    const poll =
      has('poll') && (sources.length > 0 || expectation)
        ? pollStage({
            sources,
            places,
            journal,
            store,
            context: { clock, random, meter, logger },
            transport,
            options: { ...config.poll, ...options.pollOptions },
            expect: config.expect,
          })
        : null;
    const process = has('process') ? processStageOf(workplace, contextOf('process')) : null;
    const forecast = has('forecast') ? forecastStageOf(workplace, contextOf('forecast')) : null;

    const outbox = has('watch') ? outboxOf(workplace, contextOf('watch'), LOOK_FOR_ROWS_MS) : null;
    const index = has('index') ? searchIndexOf(workplace, random) : null;
    if (index && config.index.atStart === 'exit') await index.prepare(stop.signal);

    const program = await programOf({ ...options, sources, poll, roles: [...roles, ...(options.beside ?? [])] });
    const watch = outbox
      ? watchStageOf({
          workplace,
          context: contextOf('watch'),
          program,
          outbox,
          roles,
          workersTell: options.worker !== undefined,
          simulated: options.simulated ?? false,
        })
      : null;
    const shown = 'expose' in meter ? { meter } : null;
    const { host, workerPort } = config.http;
    const server = has('serve')
      ? await startServer({
          journal,
          store,
          places,
          clock,
          logger: logger.child({ stage: 'serve' }),
          options: config.http,
          program,
          ...shown,
        })
      : shown && workerPort !== null
        ? await startProbes({ host, port: workerPort, program, ...shown })
        : null;

    const loops = [
      poll?.run(stop.signal),
      process?.run(stop.signal),
      forecast?.run(stop.signal),
      outbox?.run(stop.signal),
      watch?.run(stop.signal),
      index ? indexStageOf(workplace, index, contextOf('index')).run(stop.signal) : undefined,
      options.worker ? tellOfWorker(workplace, options.worker, roles, contextOf('worker'), stop.signal) : undefined,
      has('process') ? keepHouse(workplace, contextOf('housekeeping'), stop.signal) : undefined,
    ];
    return {
      url: server?.url ?? null,
      poll,
      async stop() {
        stop.abort();
        await server?.close();
        await Promise.all(loops);
        for (const lock of locks) lock.release();
      },
    };
  } catch (error) {
    stop.abort();
    for (const lock of locks) lock.release();
    throw error;
  }
}

/** All of the roles or none. */
function takeRoles(
  folder: string,
  roles: readonly Role[],
  { clock }: Workplace,
): readonly ReturnType<typeof takeRole>[] {
  const taken: ReturnType<typeof takeRole>[] = [];
  try {
    for (const role of roles) taken.push(takeRole(folder, role, clock));
    return taken;
  } catch (error) {
    for (const lock of taken) lock.release();
    throw error;
  }
}
