import { SLOT_STATES, type SlotState } from '../ledger/ledger.ts';

/** Something the audit found wrong. */
export interface Finding {
  /** What it is about: `observations/3/1200/0` (topic/partition/offset/item), a natural key, or `place slot`. */
  readonly what: string;
  /** One sentence. */
  readonly why: string;
}

/** What the audit counted. Lists are cut at the configured length; their counts never are. */
export interface AuditReport {
  /** Whether everything is accounted for: nothing lost, doubled, silent, contradicted or out of place. */
  readonly ok: boolean;
  /** Journal records that lie before the process stage's positions. */
  readonly records: number;
  /** Journal records not yet processed: they wait, they are not lost. */
  readonly unread: number;
  /** Readings that the records held. */
  readonly observations: number;
  /** Distinct natural keys among them. */
  readonly distinct: number;
  /** Readings that say what their key's row says, beyond the first. */
  readonly duplicates: number;
  /** Readings whose key's row says something else that came later. */
  readonly superseded: number;
  /** Rows that were corrected at least once. */
  readonly corrected: number;
  /** Items of records that lie in quarantine. */
  readonly quarantined: number;
  /** Quarantined items that were appended again since. */
  readonly replayed: number;
  /** Readings that the store's retention has removed. */
  readonly expired: number;
  readonly providerForecasts: number;
  readonly polls: number;
  /** Rows in the store. */
  readonly rows: number;
  readonly lost: FindingList;
  readonly doubled: FindingList;
  /** Expected slots of which the ledger says nothing, and pending ones that nobody will fill any more. */
  readonly silentHoles: FindingList;
  /** Slots that say something else than the readings they got. */
  readonly contradictions: FindingList;
  /** Positions that cannot be. */
  readonly misplaced: FindingList;
  readonly slots: Readonly<Record<SlotState, number>>;
}

export interface FindingList {
  readonly count: number;
  readonly first: readonly Finding[];
}

/** A list that counts all and keeps the first few. */
export class Findings implements FindingList {
  readonly first: Finding[] = [];
  count = 0;
  readonly #kept: number;

  constructor(kept: number) {
    this.#kept = kept;
  }

  add(what: string, why: string, times = 1): void {
    this.count += times;
    if (this.first.length < this.#kept) this.first.push({ what, why });
  }
}

/** The report while it is being counted. */
export class AuditCount {
  records = 0;
  unread = 0;
  observations = 0;
  distinct = 0;
  duplicates = 0;
  superseded = 0;
  corrected = 0;
  quarantined = 0;
  replayed = 0;
  expired = 0;
  providerForecasts = 0;
  polls = 0;
  rows = 0;
  readonly lost: Findings;
  readonly doubled: Findings;
  readonly silentHoles: Findings;
  readonly contradictions: Findings;
  readonly misplaced: Findings;
  readonly slots = Object.fromEntries(SLOT_STATES.map((state) => [state, 0])) as Record<SlotState, number>;

  constructor(listed: number) {
    this.lost = new Findings(listed);
    this.doubled = new Findings(listed);
    this.silentHoles = new Findings(listed);
    this.contradictions = new Findings(listed);
    this.misplaced = new Findings(listed);
  }

  report(): AuditReport {
    const wrong = [this.lost, this.doubled, this.silentHoles, this.contradictions, this.misplaced];
    const plain = ({ count, first }: Findings): FindingList => ({ count, first });
    return {
      ok: wrong.every(({ count }) => count === 0),
      records: this.records,
      unread: this.unread,
      observations: this.observations,
      distinct: this.distinct,
      duplicates: this.duplicates,
      superseded: this.superseded,
      corrected: this.corrected,
      quarantined: this.quarantined,
      replayed: this.replayed,
      expired: this.expired,
      providerForecasts: this.providerForecasts,
      polls: this.polls,
      rows: this.rows,
      lost: plain(this.lost),
      doubled: plain(this.doubled),
      silentHoles: plain(this.silentHoles),
      contradictions: plain(this.contradictions),
      misplaced: plain(this.misplaced),
      slots: this.slots,
    };
  }
}
