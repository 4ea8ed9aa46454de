import { Binary } from 'mongodb';
import { readCursor, writeCursor } from '../cursor.ts';
import type { QuarantineEntry, QuarantineStore } from '../store.ts';
import type { Collections, QuarantineRow } from './collections.ts';
import type { MongoDatabase } from './database.ts';
import { refusedDocuments } from './failure.ts';

export interface MongodbQuarantine extends QuarantineStore {
  /** Adds entries that are not there yet. Returns how many were new. */
  add(entries: readonly QuarantineEntry[]): Promise<number>;
}

const toRow = ({ id, value, ...rest }: QuarantineEntry): QuarantineRow => ({
  _id: id,
  ...rest,
  value: new Binary(value),
});

const toEntry = ({ _id, value, ...rest }: QuarantineRow): QuarantineEntry => ({
  id: _id,
  ...rest,
  value: new Uint8Array(value.value()),
});

export function mongodbQuarantine(
  database: MongoDatabase,
  { quarantine }: Pick<Collections, 'quarantine'>,
): MongodbQuarantine {
  return {
    add: async (entries) => {
      if (entries.length === 0) return 0;
      try {
        await database.run(() => quarantine.insertMany(entries.map(toRow), { ordered: false }));
        return entries.length;
      } catch (error) {
        const refused = refusedDocuments(error);
        if (!refused) throw error;
        return entries.length - refused.size;
      }
    },
    query: async ({ code, limit, cursor }) => {
      const [at, id] = cursor === undefined ? [null, ''] : readCursor<[number, string]>(cursor, 'ns');
      const filter = {
        ...(code === undefined ? {} : { code }),
        ...(at === null ? {} : { $or: [{ receivedAt: { $gt: at } }, { receivedAt: at, _id: { $gt: id } }] }),
      };
      const rows = await database.run(() =>
        quarantine
          .find(filter)
          .sort({ receivedAt: 1, _id: 1 })
          .limit(limit + 1)
          .toArray(),
      );
      const items = rows.slice(0, limit).map(toEntry);
      const last = items.at(-1);
      return { items, nextCursor: rows.length > limit && last ? writeCursor([last.receivedAt, last.id]) : null };
    },
    get: async (id) => {
      const row = await database.run(() => quarantine.findOne({ _id: id }));
      return row ? toEntry(row) : null;
    },
    remove: async (ids) => {
      let removed = 0;
      for (const id of ids) removed += (await database.run(() => quarantine.deleteOne({ _id: id }))).deletedCount;
      return removed;
    },
    count: async () => {
      const groups = await database.run(() =>
        quarantine
          .aggregate<{ _id: string; count: number }>([{ $group: { _id: '$code', count: { $sum: 1 } } }])
          .toArray(),
      );
      return Object.fromEntries(
        groups.map(({ _id, count }) => [_id, count] as const).sort(([one], [other]) => (one < other ? -1 : 1)),
      );
    },
  };
}
