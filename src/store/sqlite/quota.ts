import type { Instant } from '../../core/time.ts';
import type { QuotaStore } from '../quota-store.ts';
import type { Database } from './database.ts';

/**
 * What was charged to the providers' windows. A reservation is on the disk before it resolves: a call that was made and
 * forgotten in a power cut would be spent twice.
 */
export function sqliteQuota(db: Database): QuotaStore {
  const select = db.query<[windowAt: Instant, used: number]>('SELECT windowAt, used FROM quota WHERE id = ?');
  const set = db.statement(
    `INSERT INTO quota (id, windowAt, used) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET windowAt = excluded.windowAt, used = excluded.used`,
  );
  return {
    reserve: async (windows, cost) => {
      const charge = () => {
        const charged = windows.map(({ id, windowAt, limit }) => {
          const stored = select.get(id);
          const goesOn = stored !== undefined && stored[0] >= windowAt;
          return { id, limit, windowAt: goesOn ? stored[0] : windowAt, used: (goesOn ? stored[1] : 0) + cost };
        });
        const full = charged.find(({ used, limit }) => used > limit);
        if (full) return full.id;
        for (const { id, windowAt, used } of charged) set.run(id, windowAt, used);
        return null;
      };
      return windows.length === 0 ? null : db.write(charge, 'durable');
    },
    read: async (ids) =>
      db.snapshot(() =>
        ids.map((id) => {
          const row = select.get(id);
          return row ? { id, windowAt: row[0], used: row[1] } : null;
        }),
      ),
  };
}
