import type { Database } from './database.ts';

/** Gives ids of one kind their small numbers, which stand for them in rows. */
export interface Dictionary {
  /** The number of an id; made when it is new. Inside a write transaction only. */
  numberOf(id: string): number;
  /** The number of an id, or `null` when no row knows it. */
  find(id: string): number | null;
  /** The id of a number that a row holds. */
  idOf(number: number): string;
  /** Every number that is given, ascending. */
  numbers(): readonly number[];
}

/** A dictionary over the table `places` or `sources`. */
export function dictionary(db: Database, table: 'places' | 'sources'): Dictionary {
  const numbers = new Map<string, number>();
  const ids = new Map<number, string>();
  const selectNumber = db.query<[number]>(`SELECT number FROM ${table} WHERE id = ?`);
  const selectId = db.query<[string]>(`SELECT id FROM ${table} WHERE number = ?`);
  const all = db.query<[number]>(`SELECT number FROM ${table} ORDER BY number`);
  const insert = db.statement(`INSERT INTO ${table} (id) VALUES (?)`);
  // A rolled-back transaction takes the numbers that it gave with it.
  db.onRollback(() => {
    numbers.clear();
    ids.clear();
  });

  const remember = (id: string, number: number) => {
    numbers.set(id, number);
    ids.set(number, id);
    return number;
  };
  const find = (id: string): number | null => {
    const known = numbers.get(id);
    if (known !== undefined) return known;
    const row = selectNumber.get(id);
    return row ? remember(id, row[0]) : null;
  };
  return {
    find,
    numberOf: (id) => find(id) ?? remember(id, Number(insert.run(id).lastInsertRowid)),
    idOf: (number) => {
      const known = ids.get(number);
      if (known !== undefined) return known;
      const row = selectId.get(number);
      if (!row) throw new RangeError(`${table} has no number ${number}`);
      remember(row[0], number);
      return row[0];
    },
    numbers: () => all.all().map(([number]) => number),
  };
}
