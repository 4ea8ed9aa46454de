import type { Command } from 'commander';
import { alertsCommand } from './commands/alerts.ts';
import { backupCommand, restoreCommand } from './commands/backup.ts';
import { configCommand } from './commands/config.ts';
import { consumersCommand } from './commands/consumers.ts';
import { doctorCommand } from './commands/doctor.ts';
import { exportCommand } from './commands/export.ts';
import { backtestCommand, forecastCommand, scorecardCommand } from './commands/forecast.ts';
import { importCommand } from './commands/import.ts';
import { initCommand } from './commands/init.ts';
import { placesCommand } from './commands/places.ts';
import { backfillCommand, pollCommand } from './commands/poll.ts';
import { processCommand } from './commands/process.ts';
import { publishCommand } from './commands/publish.ts';
import { quarantineCommand } from './commands/quarantine.ts';
import { reindexCommand } from './commands/reindex.ts';
import { runCommand } from './commands/run.ts';
import { silenceCommand } from './commands/silence.ts';
import { simulateCommand } from './commands/simulate.ts';
import { statusCommand } from './commands/status.ts';
import { tokenCommand } from './commands/token.ts';
import { trainCommand } from './commands/train.ts';
import { verifyCommand } from './commands/verify.ts';
import type { Run } from './run-body.ts';

/** Every command, in the order in which a new user meets them. */
export const COMMANDS: readonly ((program: Command, run: Run) => void)[] = [
  runCommand,
  initCommand,
  doctorCommand,
  statusCommand,
  pollCommand,
  publishCommand,
  processCommand,
  verifyCommand,
  importCommand,
  exportCommand,
  backfillCommand,
  quarantineCommand,
  forecastCommand,
  backtestCommand,
  scorecardCommand,
  trainCommand,
  simulateCommand,
  alertsCommand,
  silenceCommand,
  backupCommand,
  restoreCommand,
  consumersCommand,
  tokenCommand,
  reindexCommand,
  placesCommand,
  configCommand,
];
