import type { IngestStore, QuarantineEntry } from '../store.ts';
import { type ArrivalOutcome, arrivalWriter } from './arrivals.ts';
import { addToCounter } from './counters.ts';
import type { Database } from './database.ts';
import type { Dictionary } from './dictionary.ts';
import type { SqliteFeed } from './feed.ts';
import type { LatestReadings } from './latest.ts';
import type { SqlitePredictions } from './predictions.ts';
import type { SqliteSlots } from './slots.ts';

interface IngestOptions {
  readonly db: Database;
  readonly places: Dictionary;
  readonly sources: Dictionary;
  readonly feed: SqliteFeed;
  readonly slots: SqliteSlots;
  readonly latest: LatestReadings;
  readonly predictions: SqlitePredictions;
  readonly quarantine: { add(entries: readonly QuarantineEntry[]): number };
}

type PositionRow = [topic: string, partition: number, offset: number];

/** Commits a delivery of the journal: rows, slots, quarantine, provider forecasts, feed and positions in one transaction. */
export function sqliteIngest(options: IngestOptions): IngestStore {
  const { db, places, sources, feed, slots, latest, predictions, quarantine } = options;
  const writeArrivals = arrivalWriter(db, places, sources);
  const count = addToCounter(db, 'observations');
  const setPosition = db.statement(
    `INSERT INTO group_positions (journal, name, topic, partition, "offset") VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET "offset" = excluded."offset"`,
  );
  const getPositions = db.query<PositionRow>(
    'SELECT topic, partition, "offset" FROM group_positions WHERE journal = ? AND name = ? ORDER BY topic, partition',
  );

  const remember = (outcome: ArrivalOutcome) => {
    if (outcome.inserted > 0) count(outcome.inserted);
    latest.raise(outcome.newest);
  };

  return {
    commit: async (batch) => {
      const { outcome, quarantined } = db.write(() => {
        const outcome = writeArrivals(batch.arrivals);
        remember(outcome);
        slots.write(batch.slots);
        const quarantined = quarantine.add(batch.quarantined);
        predictions.addProviderForecasts(batch.providerForecasts);
        for (const { topic, partition, offset } of batch.positions)
          setPosition.run(batch.journalId, batch.group, topic, partition, offset);
        feed.append({ readings: outcome.changed, slots: batch.slots }, batch.at);
        return { outcome, quarantined };
      });
      latest.forget(outcome.newest.keys());
      feed.wake();
      const { inserted, duplicates, corrections, superseded } = outcome;
      return { inserted, duplicates, corrections, superseded, quarantined };
    },
    positions: async (journalId, group) =>
      db.read(() =>
        getPositions.all(journalId, group).map(([topic, partition, offset]) => ({
          topic: topic as 'observations',
          partition,
          offset,
        })),
      ),
  };
}
