import type { QuotaStore, QuotaUse } from '../quota-store.ts';
import type { Collections } from './collections.ts';
import type { Keyed, MongoDatabase } from './database.ts';
import { isDuplicate } from './failure.ts';

interface QuotaRow extends Keyed {
  readonly revision: number;
  readonly windows: readonly QuotaUse[];
}

/** All windows lie in one document: so that several of them are charged together or not at all. */
const ROW_ID = 'windows';

/** What was charged to the providers' windows; a reservation is on the disk of a majority before it resolves. */
export function mongodbQuota(database: MongoDatabase, { quota }: Pick<Collections, 'quota'>): QuotaStore {
  const read = async (): Promise<QuotaRow> =>
    ((await database.run(() => quota.findOne({ _id: ROW_ID }))) as QuotaRow | null) ?? {
      _id: ROW_ID,
      revision: 0,
      windows: [],
    };

  /** Whether it was written: false when somebody else has since. */
  const write = async ({ revision, windows }: QuotaRow): Promise<boolean> => {
    const next = { _id: ROW_ID, revision: revision + 1, windows };
    if (revision > 0)
      return (await database.run(() => quota.replaceOne({ _id: ROW_ID, revision }, next))).matchedCount === 1;
    try {
      await database.run(() => quota.insertOne(next));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  };

  return {
    reserve: async (windows, cost) => {
      while (windows.length > 0) {
        const row = await read();
        const stored = new Map(row.windows.map((use) => [use.id, use]));
        const charged = windows.map(({ id, windowAt, limit }) => {
          const use = stored.get(id);
          const goesOn = use !== undefined && use.windowAt >= windowAt;
          return { id, limit, windowAt: goesOn ? use.windowAt : windowAt, used: (goesOn ? use.used : 0) + cost };
        });
        const full = charged.find(({ used, limit }) => used > limit);
        if (full) return full.id;
        for (const { id, windowAt, used } of charged) stored.set(id, { id, windowAt, used });
        if (await write({ ...row, windows: [...stored.values()] })) return null;
      }
      return null;
    },
    read: async (ids) => {
      const { windows } = await read();
      return ids.map((id) => windows.find((use) => use.id === id) ?? null);
    },
  };
}
