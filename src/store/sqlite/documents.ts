import { HarmattanError } from '../../core/errors.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type { DocumentChange, DocumentStore, StoredDocument } from '../document-store.ts';
import type { Database } from './database.ts';

type DocumentRow = [key: string, version: number, value: string];

/** Above every key: keys are ASCII. */
const LAST = '\uffff';

const toDocument = <T>([key, version, value]: DocumentRow): StoredDocument<T> => ({
  key,
  version,
  value: JSON.parse(value) as T,
});

export function sqliteDocuments(db: Database): DocumentStore {
  const one = db.query<DocumentRow>('SELECT key, version, value FROM documents WHERE collection = ? AND key = ?');
  const range = 'SELECT key, version, value FROM documents WHERE collection = ? AND key >= ? AND key < ?';
  const rising = db.query<DocumentRow>(`${range} AND key > ? ORDER BY key LIMIT ?`);
  const falling = db.query<DocumentRow>(`${range} AND key < ? ORDER BY key DESC LIMIT ?`);
  const add = db.statement(
    'INSERT INTO documents (collection, key, version, value) VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING',
  );
  const replace = db.statement(
    'UPDATE documents SET version = version + 1, value = ? WHERE collection = ? AND key = ? AND version = ?',
  );
  const remove = db.statement('DELETE FROM documents WHERE collection = ? AND key = ? AND version = ?');
  const dropBelow = db.statement(
    `DELETE FROM documents WHERE collection = ?1 AND key IN
       (SELECT key FROM documents WHERE collection = ?1 AND key < ?2 ORDER BY key LIMIT ?3)`,
  );

  const apply = ({ collection, key, value, version }: DocumentChange): boolean => {
    if (version === null) {
      if (value !== null) add.run(collection, key, JSON.stringify(value));
      return true;
    }
    if (value === null) return Number(remove.run(collection, key, version - 1).changes) === 1;
    const text = JSON.stringify(value);
    const { changes } =
      version === 1 ? add.run(collection, key, text) : replace.run(text, collection, key, version - 1);
    return Number(changes) === 1;
  };

  return {
    get: async <T>(collection: string, key: string) =>
      db.read(() => {
        const row = one.get(collection, key);
        return row ? toDocument<T>(row) : null;
      }),
    list: async <T>(
      collection: string,
      { from = '', to = LAST, order = 'asc', limit, cursor }: Parameters<DocumentStore['list']>[1],
    ) =>
      db.read(() => {
        const [after] = cursor === undefined ? [order === 'asc' ? '' : LAST] : readCursor<[string]>(cursor, 's');
        const rows = (order === 'asc' ? rising : falling).all(collection, from, to, after, limit + 1);
        const items = rows.slice(0, limit);
        const last = items.at(-1);
        return {
          items: items.map((row) => toDocument<T>(row)),
          nextCursor: rows.length > limit && last ? writeCursor([last[0]]) : null,
        };
      }),
    commit: async (changes) => {
      db.write(() => {
        for (const change of changes)
          if (!apply(change))
            throw new HarmattanError('HMT_STORE_CONFLICT', {
              detail: `${change.collection}/${change.key} is not at version ${(change.version ?? 1) - 1}.`,
            });
      });
    },
    drop: async (collection, before, limit) => db.write(() => Number(dropBelow.run(collection, before, limit).changes)),
  };
}
