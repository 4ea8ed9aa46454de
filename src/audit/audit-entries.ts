import type { JournalRecord } from '../journal/journal.ts';
import type { QuarantineStore } from '../store/store.ts';
import { KeySet } from './key-set.ts';
import type { AuditCount } from './report.ts';

/** Header of a record that was appended again from quarantine: the id of its entry. */
const REPLAY_HEADER = 'hmt_replayOf';

const PAGE_ENTRIES = 50;

/** Absent entries held until the end of the audit; of a store that lost more, the rest is lost at once. */
const HELD_ENTRIES = 100_000;

/** Looks for the quarantine entries of refused items, and for the records that replayed them since. */
export class EntryAudit {
  readonly #quarantine: QuarantineStore;
  readonly #count: AuditCount;
  /** Entries that are not there, with what to say about them unless a later record turns out to be their replay. */
  readonly #missing = new Map<string, string>();
  readonly #replayed = new Set<string>();

  constructor(quarantine: QuarantineStore, count: AuditCount) {
    this.#quarantine = quarantine;
    this.#count = count;
  }

  /** Notes which entries these records replayed. */
  note(records: readonly JournalRecord[]): void {
    for (const { headers } of records) {
      const replayOf = headers[REPLAY_HEADER];
      if (replayOf !== undefined) this.#replayed.add(replayOf);
    }
  }

  /** Whether an entry is there; counts it if so. */
  async #has(id: string): Promise<boolean> {
    const found = (await this.#quarantine.get(id)) !== null;
    if (found) this.#count.quarantined++;
    return found;
  }

  /** Notes an entry that must be there, or have been replayed; `why` says what is lost otherwise. */
  async expect(id: string, why = 'It cannot be used, and is not in quarantine.'): Promise<void> {
    if (await this.#has(id)) return;
    if (this.#missing.size < HELD_ENTRIES) this.#missing.set(id, why);
    else this.#count.lost.add(id, why);
  }

  /** Judges what was expected, once all records have been noted, and that no id is there twice. */
  async finish(): Promise<void> {
    for (const [id, why] of this.#missing) {
      if (this.#replayed.has(id)) this.#count.replayed++;
      else this.#count.lost.add(id, why);
    }
    const ids = new KeySet();
    let cursor: string | null = null;
    do {
      const page = await this.#quarantine.query({ limit: PAGE_ENTRIES, ...(cursor === null ? {} : { cursor }) });
      for (const { id } of page.items) if (!ids.add(id)) this.#count.doubled.add(id, 'It is in quarantine twice.');
      cursor = page.nextCursor;
    } while (cursor !== null);
  }
}
