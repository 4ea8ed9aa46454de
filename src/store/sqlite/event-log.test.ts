import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventLogContract } from '../event-log.contract.ts';
import { sqliteEventLog } from './event-log.ts';

eventLogContract('the SQLite store', async (most) => {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-events-'));
  const log = sqliteEventLog({ folder, most });
  return {
    log,
    remove: async () => {
      log.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
