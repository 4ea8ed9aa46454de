import { hostname } from 'node:os';
import { type Command, Option } from 'commander';
import { type Demo, startDemo } from '../../app/demo.ts';
import { setReplayClock } from '../../app/program-clock.ts';
import { collectHeap, keepHeapSmall } from '../../app/program-heap.ts';
import { isReachable } from '../../app/reachable.ts';
import { type App, startApp } from '../../app.ts';
import { SOURCE_IDS } from '../../config/config.ts';
import { HarmattanError } from '../../core/errors.ts';
import { relayClock } from '../../core/relay-clock.ts';
import { systemClock } from '../../core/time.ts';
import { ROLES, type Role } from '../../folder/role-lock.ts';
import { fetchTransport } from '../../poll/fetch.ts';
import { promMeter } from '../../serve/meter.ts';
import type { Sentence } from '../../serve/program.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, HOME_FOLDER, type Invocation, invocationOf, withCommonFlags } from '../invocation.ts';
import { progressOn } from '../progress.ts';
import type { Run } from '../run-body.ts';

interface RunFlags extends CommonFlags {
  readonly port?: string;
  readonly host?: string;
  readonly source?: string;
  readonly speed?: string;
  readonly file?: string;
  readonly only?: string;
  readonly demo?: boolean;
}

/** Said on every page and at the terminal when the demo stands in for a provider that cannot be reached. */
export const OFFLINE_NOTICE: Sentence = {
  fr: 'Aucun fournisseur n’a pu être joint ; ces données sont simulées ; redémarrez une fois en ligne.',
  en: 'No provider could be reached; this is simulated; start again when online.',
};

/** How long the address may wait for the provider's answer before it is printed anyway. */
const DECIDE_FIRST_MS = 1_000;

/** After this much the first slot is asked for, stored and forecast: what that left behind is not needed again. */
const STARTED_AFTER_MS = 20_000;

/** `run`: the program, until it is asked to end. */
export function runCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('run'))
    .description('the program; prints its address when it answers')
    .option('--port <number>', 'the port to answer on')
    .option('--host <address>', 'the address to answer on')
    .addOption(new Option('--source <id>', 'who is asked for readings').choices([...SOURCE_IDS]))
    .option('--file <path>', 'with --source replay: what is replayed')
    .option('--speed <times>', 'with --source replay: how many seconds of the recording pass in one')
    .option('--only <roles>', `only these, comma-separated: ${ROLES.join(',')}`)
    .option('--demo', 'simulated weather in a folder of its own; asks nobody')
    .action((options: RunFlags) =>
      run(async (terminal) => {
        const roles = rolesOf(options.only);
        const invocation = invocationOf(terminal, options, {
          'http.port': numberFlag('--port', options.port),
          'http.host': options.host,
          source: options.source,
          'replay.file': options.file,
          'replay.speed': numberFlag('--speed', options.speed),
        });
        if (options.demo) return runDemo(invocation, null);
        return runLive(invocation, roles, options.only === undefined);
      }),
    );
}

function numberFlag(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(text))
    throw new HarmattanError('HMT_CLI_USAGE', { detail: `${flag} must be a number.`, field: flag });
  return Number(text);
}

function rolesOf(only: string | undefined): readonly Role[] {
  if (only === undefined) return ROLES;
  const asked = only.split(',').map((role) => role.trim());
  const unknown = asked.find((role) => !(ROLES as readonly string[]).includes(role));
  if (unknown !== undefined)
    throw new HarmattanError('HMT_CLI_USAGE', {
      detail: `--only knows ${ROLES.join(', ')}; "${unknown}" is none of them.`,
      field: '--only',
    });
  return ROLES.filter((role) => asked.includes(role));
}

async function runLive(invocation: Invocation, roles: readonly Role[], everything: boolean): Promise<number> {
  if (!everything) keepHeapSmall();
  const { terminal, loaded } = invocation;
  const transport = fetchTransport();
  // Asked before anything is opened, so that it costs no time when the answer is quick.
  const reachable = loaded.untouched && everything ? isReachable(transport, loaded.config, terminal.signal) : null;
  const clock = relayClock(systemClock);
  const workplace = await invocation.open({ as: 'configured', clock, logger: invocation.logger(clock) });
  const undecided = reachable !== null && (await workplace.store.observations.extent()) === null;
  if (undecided) {
    const early = await Promise.race([reachable, systemClock.sleep(DECIDE_FIRST_MS).then(() => null)]);
    if (early === false) return runDemo(invocation, OFFLINE_NOTICE);
  }
  const replay = await setReplayClock(clock, loaded.config, workplace.store);
  const pollOptions = replay === null ? {} : { pollOptions: { everyMinutes: replay.everyMinutes, spreadSeconds: 0 } };
  const app = await startApp({
    workplace,
    roles,
    transport,
    random: Math.random,
    meter: promMeter(),
    worker: { host: hostname(), pid: process.pid },
    ...pollOptions,
  });
  replay?.start();
  await sayAddress(invocation, app);
  if (undecided && !(await reachable) && !terminal.signal.aborted) {
    await app.stop();
    return runDemo(invocation, OFFLINE_NOTICE);
  }
  const collecting = setTimeout(collectHeap, STARTED_AFTER_MS).unref();
  await untilAsked(terminal.signal);
  clearTimeout(collecting);
  await app.stop();
  return EXIT.done;
}

async function runDemo(invocation: Invocation, notice: Sentence | null): Promise<number> {
  const { terminal, loaded } = invocation;
  const progress = progressOn(terminal, systemClock, 'simulating the past 30 days');
  const demo = await startDemo({
    loaded,
    homeFolder: HOME_FOLDER,
    logger: invocation.logger(),
    // A month of rounds in half a minute: they can be looked up, and need not be read.
    pastLogger: invocation.logger(systemClock, loaded.config.log.level === 'silent' ? 'silent' : 'error'),
    meter: promMeter(),
    mode: notice ? 'offline-demo' : 'demo',
    notice,
    signal: terminal.signal,
    onProgress: (share) => progress.report(share, ''),
  });
  if (notice) terminal.err(`${notice.en}\n`);
  await sayAddress(invocation, demo);
  demo.ready.then(
    () => {
      progress.end();
      collectHeap();
      if (!terminal.signal.aborted) terminal.err('The simulated past is there; the demo runs live.\n');
    },
    (error: unknown) => terminal.err(`The demo's past could not be made: ${String(error)}\n`),
  );
  await untilAsked(terminal.signal);
  await demo.stop();
  return EXIT.done;
}

async function sayAddress({ terminal }: Invocation, { url }: Pick<App | Demo, 'url'>): Promise<void> {
  await terminal.out(url === null ? 'running\n' : `harmattan answers at ${url}\n`);
}

const untilAsked = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    // Something must keep the process alive while every timer of the program lets it go.
    const alive = setInterval(() => {}, 2_147_483_647);
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(alive);
        resolve();
      },
      { once: true },
    );
  });
