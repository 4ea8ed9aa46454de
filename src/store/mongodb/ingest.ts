import type { Topic } from '../../journal/topics.ts';
import type { IngestStore } from '../store.ts';
import type { ArrivalOutcome, ArrivalWriter } from './arrivals.ts';
import type { Collections } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import type { MongodbFeed } from './feed.ts';
import type { LatestReadings } from './latest.ts';
import { instantIdOf } from './natural-key.ts';
import type { NaturalOrder } from './natural-order.ts';
import type { MongodbProviderForecasts } from './provider-forecasts.ts';
import type { MongodbQuarantine } from './quarantine.ts';
import type { MongodbSlots } from './slots.ts';

interface IngestOptions {
  readonly database: MongoDatabase;
  readonly collections: Pick<Collections, 'groups'>;
  readonly writeArrivals: ArrivalWriter;
  readonly latest: LatestReadings;
  readonly order: NaturalOrder;
  readonly slots: MongodbSlots;
  readonly quarantine: MongodbQuarantine;
  readonly providerForecasts: MongodbProviderForecasts;
  readonly feed: MongodbFeed;
}

/**
 * Commits a delivery of the journal in an order in which every cut is safe: each step may be done again, and the positions
 * move last. Until they have, the delivery comes again and does what is left.
 */
export function mongodbIngest(options: IngestOptions): IngestStore {
  const { database, latest, order, slots, quarantine, providerForecasts, feed } = options;
  const { groups } = options.collections;

  /** Raises the newest readings, and brings those behind again that older rows were just added after. */
  const settle = async ({ newest, added }: ArrivalOutcome) => {
    const before = await latest.raise(newest);
    for (const [placeId, validAt] of before)
      if (added.get(placeId)?.some((at) => at < validAt)) {
        const last = Math.max(validAt, newest.get(placeId) ?? validAt);
        // Rows of a batch are added in order of time: where one is newer than all before, it lies behind already.
        if (last === validAt) await order.toEnd(instantIdOf(placeId, validAt));
      }
  };

  return {
    commit: async (batch) => {
      const outcome = await options.writeArrivals(batch.arrivals);
      await settle(outcome);
      await slots.write(batch.slots);
      const quarantined = await quarantine.add(batch.quarantined);
      await providerForecasts.add(batch.providerForecasts);
      await feed.append({ readings: outcome.changed, slots: batch.slots }, batch.at);
      if (batch.positions.length > 0) {
        const offsets = batch.positions.map(({ topic, partition, offset }) => [
          `offsets.${topic}/${partition}`,
          offset,
        ]);
        const _id = groupId(batch.journalId, batch.group);
        await database.upsert(() => groups.updateOne({ _id }, { $set: Object.fromEntries(offsets) }, { upsert: true }));
      }
      const { inserted, duplicates, corrections, superseded } = outcome;
      return { inserted, duplicates, corrections, superseded, quarantined };
    },
    positions: async (journalId, group) => {
      const row = await database.run(() => groups.findOne({ _id: groupId(journalId, group) }));
      return Object.entries(row?.offsets ?? {})
        .map(([key, offset]) => {
          const [topic = '', partition = '0'] = key.split('/');
          return { topic: topic as Topic, partition: Number(partition), offset };
        })
        .sort((one, other) =>
          one.topic === other.topic ? one.partition - other.partition : one.topic < other.topic ? -1 : 1,
        );
    },
  };
}

const groupId = (journalId: string, group: string): string => `journal/${journalId}/${group}`;
