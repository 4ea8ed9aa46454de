import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { openWorkplace, type Workplace } from '../app/workplace.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { scrubber } from '../core/scrub.ts';
import { systemClock } from '../core/time.ts';
import { programLog } from './log.ts';
import type { Terminal } from './terminal.ts';

/** The project's folder: where `data/` and `regions/` lie by default. */
export const HOME_FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** One command in the making: its terminal and its configuration. */
export interface Invocation {
  readonly terminal: Terminal;
  readonly loaded: LoadedConfig;
  /** Opens the folder's journal and store; closed by the runner when the command ends. */
  open(options?: { readonly demo?: boolean }): Promise<Workplace>;
}

/** What a command does; resolves to its exit code. */
export type CommandBody<Options> = (invocation: Invocation, options: Options, args: readonly string[]) => Promise<number>;

/** Flags that every command takes. */
export interface CommonFlags {
  readonly data?: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly [flag: string]: unknown;
}

/** Adds the options that every command has. */
export function withCommonFlags(command: Command): Command {
  return command
    .option('--data <dir>', 'the data folder')
    .option('--config <file>', 'the configuration file')
    .showHelpAfterError('(run it with --help for its options)');
}

/** Reads the configuration for a command, flags on top; `flags` maps setting keys to values. */
export function invocationOf(terminal: Terminal, options: CommonFlags, flags: Readonly<Record<string, unknown>> = {}): Invocation {
  const loaded = loadConfig({
    file: options.config,
    environment: terminal.environment,
    flags: { data: options.data, ...flags },
    workingFolder: terminal.workingFolder,
    homeFolder: HOME_FOLDER,
  });
  return {
    terminal,
    loaded,
    open: ({ demo = false } = {}) => {
      const { level, format } = loaded.config.log;
      const scrub = scrubber(loaded.secrets);
      const logger = programLog({
        level,
        format: format === 'auto' ? (terminal.interactive ? 'lines' : 'json') : format,
        scrub: (line) => scrub.text(line),
        write: (line) => terminal.err(line),
        clock: systemClock,
      });
      return openWorkplace({ loaded, demo, clock: systemClock, logger, homeFolder: HOME_FOLDER });
    },
  };
}
