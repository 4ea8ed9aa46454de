import { HarmattanError } from '../core/errors.ts';
import { systemClock } from '../core/time.ts';
import { takenRoles } from '../folder/role-lock.ts';
import { sqliteJournalRestore } from '../journal/sqlite/backup.ts';
import { sqliteRestore } from '../store/sqlite/backup.ts';

/**
 * Puts a backup's store and journal into a folder without either.
 *
 * @throws HarmattanError HMT_CLI_SERVER_RUNNING, HMT_STORE_BACKUP_INVALID, HMT_STORE_NEWER, HMT_CLI_USAGE
 */
export async function restoreFolder(folder: string, file: string): Promise<void> {
  const [running] = takenRoles(folder, systemClock);
  if (running)
    throw new HarmattanError('HMT_CLI_SERVER_RUNNING', {
      detail: `Process ${running.holder?.pid ?? 'unknown'} has the role "${running.role}" on ${folder}.`,
    });
  await sqliteRestore({
    folder,
    file,
    alsoFrom: async (backup) => {
      await sqliteJournalRestore({ folder, file: backup });
    },
  });
}
