import { randomUUID } from 'node:crypto';
import { HarmattanError } from '../../core/errors.ts';
import { TOPICS } from '../topics.ts';
import { APPLICATION_ID, type Database } from './database.ts';

/**
 * One function per version, in order; each is frozen once released. One table per topic: records lie in append order,
 * offsets are dense, and only the front is ever removed. So a lag is a subtraction, an append writes one place of the
 * file, and retention reads nothing but what it drops.
 */
export const MIGRATIONS: readonly ((db: Database) => void)[] = [
  (db) => {
    for (const topic of TOPICS)
      db.exec(`
        CREATE TABLE ${topic} (
          "offset" INTEGER PRIMARY KEY, partition INTEGER NOT NULL, appendedAt INTEGER NOT NULL,
          key TEXT, headers TEXT, value BLOB NOT NULL
        ) STRICT;
      `);
    db.exec(`
      CREATE TABLE journal_meta (key TEXT PRIMARY KEY, value ANY NOT NULL) WITHOUT ROWID, STRICT;
      -- Offsets below nextOffset were given already, also where no record is left to show it.
      CREATE TABLE topics (topic TEXT PRIMARY KEY, nextOffset INTEGER NOT NULL) WITHOUT ROWID, STRICT;
      -- First record appended after the clock was set back: between two of them appendedAt never descends.
      CREATE TABLE clock_steps (topic TEXT, "offset" INTEGER, PRIMARY KEY (topic, "offset")) WITHOUT ROWID, STRICT;
      -- Everything before position was acknowledged; ahead: {partition: position} of those that are further.
      CREATE TABLE consumers (
        "group" TEXT NOT NULL, topic TEXT NOT NULL, essential INTEGER NOT NULL, position INTEGER NOT NULL,
        ahead TEXT, lost INTEGER NOT NULL, lastAckAt INTEGER, PRIMARY KEY ("group", topic)
      ) WITHOUT ROWID, STRICT;
    `);
    db.statement('INSERT INTO journal_meta VALUES (?, ?)').run('id', randomUUID());
    db.statement('INSERT INTO journal_meta VALUES (?, ?)').run('partitions', 1);
    for (const topic of TOPICS) db.statement('INSERT INTO topics VALUES (?, 0)').run(topic);
  },
];

/** Brings the file to the newest version, or makes it. @throws HarmattanError HMT_JOURNAL_NEWER */
export function migrate(db: Database, migrations = MIGRATIONS): void {
  const version = () => {
    const found = db.query<[number]>('PRAGMA user_version').get()?.[0] ?? 0;
    if (found > migrations.length)
      throw new HarmattanError('HMT_JOURNAL_NEWER', {
        detail: `${db.path} has version ${found}; this program knows up to ${migrations.length}.`,
      });
    return found;
  };
  if (db.read(version) === migrations.length) return;
  db.write('disk', () => {
    // Looked at again inside the transaction: two processes may open a new folder at once.
    for (const step of migrations.slice(version())) step(db);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
  });
}

/** The journal's identity, fixed when it was made. */
export function journalId(db: Database): string {
  const row = db.read(() => db.query<[string]>("SELECT value FROM journal_meta WHERE key = 'id'").get());
  if (!row) throw new HarmattanError('HMT_JOURNAL_DAMAGED', { detail: `${db.path} has no identity.` });
  return row[0];
}

/**
 * How many partitions the journal has: as many as were ever configured. Fewer for new records leave the old ones
 * readable where they are.
 */
export function widenTo(db: Database, partitions: number): number {
  const read = () => db.query<[number]>("SELECT value FROM journal_meta WHERE key = 'partitions'").get()?.[0] ?? 1;
  const present = db.read(read);
  if (present >= partitions) return present;
  return db.write('disk', () => {
    const widened = Math.max(read(), partitions);
    db.statement("UPDATE journal_meta SET value = ? WHERE key = 'partitions'").run(widened);
    return widened;
  });
}
