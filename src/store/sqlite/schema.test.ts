import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { QUANTITY_NAMES } from '../../weather/quantity.ts';
import { openDatabase } from './database.ts';
import { migrate } from './schema.ts';

it('has a column for every quantity, named after it, that plain SQL can read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-schema-'));
  const db = openDatabase({ path: join(folder, 'store.db') });
  try {
    migrate(db);
    for (const from of ['observations', 'readings']) {
      const columns = db.query<[string]>(`SELECT name FROM pragma_table_info('${from}')`).all().flat();
      for (const name of QUANTITY_NAMES) assert.ok(columns.includes(name), `${from} has no ${name}`);
    }
  } finally {
    db.close();
    rmSync(folder, { recursive: true });
  }
});
