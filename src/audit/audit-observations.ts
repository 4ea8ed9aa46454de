import type { Instant } from '../core/time.ts';
import type { JournalRecord } from '../journal/journal.ts';
import type { Arrival, Store, StoredObservation } from '../store/store.ts';
import type { EntryAudit } from './audit-entries.ts';
import { KeySet } from './key-set.ts';
import type { AuditCount } from './report.ts';
import { keyText, rowsOf, saysTheSame } from './row-lookup.ts';

/** What a record of the `observations` topic held. */
export interface DecodedReadings {
  readonly readings: readonly { readonly arrival: Arrival }[];
  readonly quarantined: readonly { readonly id: string; readonly code: string }[];
}

interface ObservationAuditInput {
  readonly store: Store;
  readonly decode: (record: JournalRecord) => DecodedReadings;
  /** Rows with an earlier valid time may have been removed. */
  readonly keptFromAt: Instant;
  readonly count: AuditCount;
  readonly entries: EntryAudit;
}

const arrivalText = ({ partition, offset, item }: Arrival) => `observations/${partition}/${offset}/${item}`;

/**
 * Follows every reading of the journal to its row, and every refused item to its quarantine entry. An item also counts
 * as accounted for when it lies in quarantine although it could be used by now (a place was added since).
 */
export class ObservationAudit {
  readonly #input: ObservationAuditInput;
  /** Keys of which an arrival was found that says what the row says. */
  readonly #agreed = new KeySet();
  /** Keys whose row is older than an arrival that it does not agree with: decided by the newest arrival of all. */
  readonly #doubtful = new Map<string, { row: StoredObservation; newest: Arrival | null }>();

  constructor(input: ObservationAuditInput) {
    this.#input = input;
  }

  async page(records: readonly JournalRecord[]): Promise<void> {
    const arrivals: Arrival[] = [];
    for (const record of records) {
      const { readings, quarantined } = this.#input.decode(record);
      for (const { arrival } of readings) arrivals.push(arrival);
      for (const { id } of quarantined) await this.#input.entries.expect(id);
    }
    const rows = await rowsOf(
      this.#input.store.observations,
      arrivals.map(({ observation }) => observation),
    );
    for (const arrival of arrivals) await this.#follow(arrival, rows.get(keyText(arrival.observation)) ?? null);
  }

  /** Settles what one pass could not; `again` reads the processed records once more, which is seldom needed. */
  async finish(again: () => AsyncIterable<readonly JournalRecord[]>): Promise<void> {
    const { count } = this.#input;
    count.distinct = this.#agreed.size;
    if (this.#doubtful.size === 0) return;
    for await (const records of again())
      for (const record of records) for (const { arrival } of this.#input.decode(record).readings) this.#raise(arrival);
    for (const { row, newest } of this.#doubtful.values()) {
      if (newest !== null && !saysTheSame(row, newest.observation))
        count.lost.add(arrivalText(newest), 'Its row holds an older arrival with other values.');
    }
  }

  async #follow(arrival: Arrival, row: StoredObservation | null): Promise<void> {
    const { count, keptFromAt } = this.#input;
    const { observation } = arrival;
    const key = keyText(observation);
    count.observations++;
    if (row === null) return this.#withoutRow(arrival, key);
    if (saysTheSame(row, observation)) {
      if (!this.#agreed.add(key)) count.duplicates++;
      else if (row.corrections > 0) count.corrected++;
      return;
    }
    count.superseded++;
    if (row.receivedAt < observation.receivedAt && observation.validAt >= keptFromAt)
      this.#doubtful.set(key, { row, newest: null });
  }

  async #withoutRow(arrival: Arrival, key: string): Promise<void> {
    const { count, keptFromAt } = this.#input;
    if (arrival.observation.validAt < keptFromAt) count.expired++;
    else await this.#input.entries.expect(arrivalText(arrival), `There is no row ${key}.`);
  }

  #raise(arrival: Arrival): void {
    const doubtful = this.#doubtful.get(keyText(arrival.observation));
    if (doubtful && (doubtful.newest === null || isLater(arrival, doubtful.newest))) doubtful.newest = arrival;
  }
}

function isLater(one: Arrival, other: Arrival): boolean {
  const rank = ({ observation, partition, offset, item }: Arrival) => [observation.receivedAt, partition, offset, item];
  const ranks = rank(other);
  for (const [index, part] of rank(one).entries()) {
    const difference = part - (ranks[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
