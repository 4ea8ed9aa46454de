import type { Command } from 'commander';
import type { Run } from './run-body.ts';

/** Adds one command to the program. */
export type AddCommand = (program: Command, run: Run) => void;

/**
 * Every command under its name, in the order in which a new user meets them. A command is read when it is asked for: what
 * `import` and `simulate` need must not stay in the memory of a `run` for months.
 */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import('./commands/run.ts')).runCommand,
  init: async () => (await import('./commands/init.ts')).initCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  poll: async () => (await import('./commands/poll.ts')).pollCommand,
  publish: async () => (await import('./commands/publish.ts')).publishCommand,
  process: async () => (await import('./commands/process.ts')).processCommand,
  verify: async () => (await import('./commands/verify.ts')).verifyCommand,
  import: async () => (await import('./commands/import.ts')).importCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  backfill: async () => (await import('./commands/poll.ts')).backfillCommand,
  quarantine: async () => (await import('./commands/quarantine.ts')).quarantineCommand,
  forecast: async () => (await import('./commands/forecast.ts')).forecastCommand,
  backtest: async () => (await import('./commands/forecast.ts')).backtestCommand,
  scorecard: async () => (await import('./commands/forecast.ts')).scorecardCommand,
  train: async () => (await import('./commands/train.ts')).trainCommand,
  simulate: async () => (await import('./commands/simulate.ts')).simulateCommand,
  alerts: async () => (await import('./commands/alerts.ts')).alertsCommand,
  silence: async () => (await import('./commands/silence.ts')).silenceCommand,
  backup: async () => (await import('./commands/backup.ts')).backupCommand,
  restore: async () => (await import('./commands/backup.ts')).restoreCommand,
  migrate: async () => (await import('./commands/migrate.ts')).migrateCommand,
  consumers: async () => (await import('./commands/consumers.ts')).consumersCommand,
  token: async () => (await import('./commands/token.ts')).tokenCommand,
  audit: async () => (await import('./commands/audit.ts')).auditCommand,
  reindex: async () => (await import('./commands/reindex.ts')).reindexCommand,
  places: async () => (await import('./commands/places.ts')).placesCommand,
  config: async () => (await import('./commands/config.ts')).configCommand,
};

/** The command of this name; all of them where there is none of it, so that help and mistakes know what there is. */
export function commandsFor(name?: string): Promise<readonly AddCommand[]> {
  const names = name !== undefined && Object.hasOwn(COMMANDS, name) ? [name] : Object.keys(COMMANDS);
  return Promise.all(names.flatMap((one) => COMMANDS[one]?.() ?? []));
}
