import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { programLog } from '../app/program-log.ts';
import { type OpenOptions, openWorkplace, type Workplace } from '../app/workplace.ts';
import type { Config } from '../config/config.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { Logger } from '../core/log.ts';
import { scrubber } from '../core/scrub.ts';
import { type Clock, systemClock } from '../core/time.ts';
import type { Terminal } from './terminal.ts';

/** The project's folder: where `data/` and `regions/` lie by default. */
export const HOME_FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** One command in the making: its terminal and its configuration. */
export interface Invocation {
  readonly terminal: Terminal;
  readonly loaded: LoadedConfig;
  /** The log as configured; a command other than `run` says only warnings and worse. */
  logger(clock?: Clock, level?: Config['log']['level']): Logger;
  /** Opens the folder's journal and store; closed when the command ends. By default as it is found. */
  open(options?: {
    readonly as?: OpenOptions['as'];
    readonly clock?: Clock;
    readonly logger?: Logger;
  }): Promise<Workplace>;
}

/** Flags that every command takes. */
export interface CommonFlags {
  readonly data?: string;
  readonly config?: string;
  readonly json?: boolean;
}

/** Adds the options that every command has. */
export function withCommonFlags(command: Command): Command {
  return command
    .option('--data <dir>', 'the data folder')
    .option('--config <file>', 'the configuration file')
    .showHelpAfterError('(run it with --help for its options)');
}

/** Workplaces opened by the command that runs: closed by `closeAll` when it has ended, however it ended. */
const opened = new Set<Workplace>();

export async function closeAll(): Promise<void> {
  for (const workplace of opened) await workplace.close();
  opened.clear();
}

/** Reads the configuration for a command, flags on top; `flags` maps setting keys to values. */
export function invocationOf(
  terminal: Terminal,
  options: CommonFlags,
  flags: Readonly<Record<string, unknown>> = {},
): Invocation {
  const loaded = loadConfig({
    file: options.config,
    environment: terminal.environment,
    flags: { data: options.data, ...flags },
    workingFolder: terminal.workingFolder,
    homeFolder: HOME_FOLDER,
  });
  const scrub = scrubber(loaded.secrets);
  const logger = (clock: Clock = systemClock, level = loaded.config.log.level) =>
    programLog({
      level,
      format:
        loaded.config.log.format === 'auto' ? (terminal.interactive ? 'lines' : 'json') : loaded.config.log.format,
      scrub: (line) => scrub.text(line),
      write: (line) => terminal.err(line),
      clock,
    });
  return {
    terminal,
    loaded,
    logger,
    async open({ as = 'found', clock = systemClock, logger: given } = {}) {
      const quiet = loaded.config.log.level === 'silent' ? 'silent' : 'warn';
      const workplace = await openWorkplace({
        loaded,
        demo: false,
        clock,
        as,
        logger: given ?? logger(clock, quiet),
        homeFolder: HOME_FOLDER,
      });
      opened.add(workplace);
      return workplace;
    },
  };
}
