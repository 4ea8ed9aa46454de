import type { FactStore } from '../store.ts';
import type { Database } from './database.ts';

export function sqliteFacts(db: Database): FactStore {
  const get = db.query<[string]>('SELECT value FROM facts WHERE key = ?');
  const set = db.statement(
    'INSERT INTO facts (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  const drop = db.statement('DELETE FROM facts WHERE key = ?');
  const list = db.query<[string, string]>(
    'SELECT key, value FROM facts WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key',
  );
  return {
    get: async <T>(key: string) =>
      db.read(() => {
        const row = get.get(key);
        return row ? (JSON.parse(row[0]) as T) : null;
      }),
    set: async (key, value) => {
      // undefined has no JSON; a fact that is undefined is a fact that is not there.
      db.write(() => (value === undefined ? drop.run(key) : set.run(key, JSON.stringify(value))));
    },
    list: async <T>(prefix: string) =>
      db.read(() => new Map(list.all(prefix).map(([key, value]) => [key, JSON.parse(value) as T]))),
  };
}
