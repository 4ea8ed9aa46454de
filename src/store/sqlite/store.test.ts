import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../core/log.ts';
import { storeContract } from '../store.contract.ts';
import { sqliteStore } from './store.ts';

storeContract(
  'the SQLite store',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'harmattan-store-'));
    return {
      open: async (setting) => sqliteStore({ folder, logger: silentLogger, ...setting }),
      remove: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
  { atomicBatches: true },
);
