import { Binary } from 'mongodb';
import { DAY_MS, type Instant } from '../../core/time.ts';
import { thinPrediction } from '../forecast-codec.ts';
import { type FactStore, REMOVED_BEFORE_FACT } from '../store.ts';
import { abreast } from './abreast.ts';
import type { Collections } from './collections.ts';
import type { Keyed, MongoDatabase } from './database.ts';
import type { MongodbFeed } from './feed.ts';
import type { LatestReadings } from './latest.ts';
import { dayOf, emptyDay, packDay, unpackDay } from './slot-day.ts';

/** Full levels of past forecasts are kept this long; older ones keep what verification needs. */
const FULL_LEVELS_MS = 90 * DAY_MS;

/** Documents that one step removes or thins of a kind. */
const STEP_DOCUMENTS = 500;

interface RetentionOptions {
  readonly database: MongoDatabase;
  readonly collections: Collections;
  readonly feed: MongodbFeed;
  readonly latest: LatestReadings;
  readonly facts: FactStore;
  readonly retentionDays: number | null;
}

/** `Store.trim`: ages the feed, thins old forecasts, and removes what is older than the retention, a step at a time. */
export function retention(options: RetentionOptions): (now: Instant) => Promise<number> {
  const { database, collections, feed, latest, facts, retentionDays } = options;
  const { weather, slots, forecasts, newestForecasts, providerForecasts } = collections;

  const thin = async (before: Instant): Promise<number> => {
    const old = await database.run(() =>
      forecasts
        .find({ full: true, hourAt: { $lt: before } })
        .limit(STEP_DOCUMENTS)
        .toArray(),
    );
    // The hour that the bound lies in is thinned when all of it is old.
    const due = old.filter(({ issues }) => issues.every(({ issuedAt }) => issuedAt < before));
    await abreast(due, async ({ _id, revision, issues }) => {
      const thinned = issues.map((issue) => ({
        ...issue,
        packed: new Binary(thinPrediction(issue.packed.value(), issue.issuedAt)),
      }));
      const asRead = database.scans ? { _id } : { _id, revision };
      await database.run(() =>
        forecasts.updateOne(asRead, { $set: { issues: thinned, full: false, revision: revision + 1 } }),
      );
    });
    return due.length;
  };

  const removeAll = async (
    collection: { deleteOne(filter: never): Promise<{ deletedCount: number }> },
    rows: readonly unknown[],
  ) => {
    const gone = await abreast(rows as readonly Keyed[], ({ _id }) =>
      database.run(() => collection.deleteOne({ _id } as never)),
    );
    return gone.reduce((sum, { deletedCount }) => sum + deletedCount, 0);
  };

  const removeReadings = async (before: Instant): Promise<number> => {
    const rows = await database.run(() =>
      weather
        .find({ 'hmt.validAt': { $lt: before } })
        .sort({ 'hmt.validAt': 1 })
        .limit(STEP_DOCUMENTS)
        .project({ _id: 1 })
        .toArray(),
    );
    return removeAll(weather, rows);
  };

  const removeSlots = async (before: Instant): Promise<number> => {
    const rows = await database.run(() =>
      slots
        .find({ dayAt: { $lt: before } })
        .sort({ dayAt: 1 })
        .limit(STEP_DOCUMENTS)
        .toArray(),
    );
    const whole = rows.filter(({ dayAt }) => dayAt < dayOf(before));
    let removed = await removeAll(slots, whole);
    for (const row of rows.slice(whole.length)) {
      const day = unpackDay(row);
      const kept = new Map([...day.slots].filter(([slotAt]) => slotAt >= before));
      if (kept.size === day.slots.size) continue;
      const asRead = { _id: row._id, revision: row.revision };
      const next = packDay({
        ...emptyDay({ placeId: row.placeId, slotAt: row.dayAt }),
        revision: day.revision,
        slots: kept,
      });
      if (kept.size === 0) removed += (await database.run(() => slots.deleteOne(asRead))).deletedCount;
      else removed += (await database.run(() => slots.replaceOne(asRead, next))).modifiedCount;
    }
    return removed;
  };

  const removeForecasts = async (before: Instant): Promise<number> => {
    const rows = await database.run(() =>
      forecasts
        .find({ hourAt: { $lt: before } })
        .sort({ hourAt: 1 })
        .limit(STEP_DOCUMENTS)
        .toArray(),
    );
    const places = [...new Set(rows.map(({ placeId }) => placeId))];
    const newest = new Map((await database.byIds(newestForecasts, places)).map((row) => [row?._id, row?.issuedAt]));
    // The newest issue of a place stays, however old.
    const due = rows.filter(({ placeId, issues }) =>
      issues.every(({ issuedAt }) => issuedAt < before && issuedAt !== newest.get(placeId)),
    );
    const runs = await database.run(() =>
      providerForecasts
        .find({ issuedAt: { $lt: before } })
        .limit(STEP_DOCUMENTS)
        .project({ _id: 1 })
        .toArray(),
    );
    return (await removeAll(forecasts, due)) + (await removeAll(providerForecasts, runs));
  };

  const remove = async (before: Instant): Promise<number> => {
    const readings = await removeReadings(before);
    await latest.drop(before);
    const gone = readings + (await removeSlots(before)) + (await removeForecasts(before));
    const known = await facts.get<Instant>(REMOVED_BEFORE_FACT);
    if (gone > 0 && (known === null || known < before)) await facts.set(REMOVED_BEFORE_FACT, before);
    return gone;
  };

  return async (now) => {
    const aged = await feed.dropOld(now);
    const thinned = await thin(now - FULL_LEVELS_MS);
    return aged + thinned + (retentionDays === null ? 0 : await remove(now - retentionDays * DAY_MS));
  };
}
