import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../core/log.ts';
import { manualClock } from '../../core/time.ts';
import type { JournalUnderTest } from '../journal.contract.ts';
import type { Journal } from '../journal.ts';
import { type SqliteJournalOptions, sqliteJournal } from './journal.ts';

/** A journal in a folder of its own, for one test. */
export interface ScratchJournal extends JournalUnderTest {
  readonly folder: string;
  open(settings?: Partial<SqliteJournalOptions>): Promise<Journal>;
}

export async function scratchJournal(): Promise<ScratchJournal> {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-journal-'));
  const clock = manualClock(Date.UTC(2026, 6, 22, 12));
  const opened: Journal[] = [];
  return {
    folder,
    clock,
    async open(settings = {}) {
      const journal = await sqliteJournal({ folder, clock, logger: silentLogger, watchForeignMs: 100, ...settings });
      opened.push(journal);
      return journal;
    },
    async remove() {
      for (const journal of opened) await journal.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
