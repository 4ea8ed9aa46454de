import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { HarmattanError } from '../../core/errors.ts';
import { TOPICS, type Topic } from '../topics.ts';
import { type Database, JOURNAL_FILE, openDatabase } from './database.ts';
import { MIGRATIONS, migrate } from './schema.ts';
import { howManyFit, topicLog } from './topic-log.ts';

export interface JournalCopyOptions {
  /** The data folder, with `journal.db` in it. */
  readonly folder: string;
  /** A SQLite file that exists: the store's backup. The journal's tables lie beside its own, named `journal_…`. */
  readonly file: string;
  /** Called with the share done, in [0, 1]. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** One step of a copy: a few milliseconds, after which others have their turn. */
const STEP_RECORDS = 2000;
const STEP_BYTES = 8 * 1024 * 1024;

/** The tables besides the topics': small, copied as they are. */
const SMALL_TABLES = ['journal_meta', 'topics', 'clock_steps', 'consumers'];
const nameInBackup = (table: string) => (table === 'journal_meta' ? table : `journal_${table}`);

/**
 * Copies the journal into a SQLite file while processes go on appending: everything that was acknowledged before the
 * call is in the copy. Positions of the store's that were taken before are never ahead of it. A copy there is replaced.
 * A folder without a journal adds nothing. If it fails, the file's part of the journal is incomplete: make another.
 *
 * @throws HarmattanError HMT_JOURNAL_*; HMT_JOURNAL_FULL also for the disk that `file` lies on
 */
export async function sqliteJournalBackup({ folder, file, onProgress }: JournalCopyOptions): Promise<void> {
  const path = join(folder, JOURNAL_FILE);
  if (!existsSync(path)) return;
  const db = openDatabase({ path });
  try {
    migrate(db);
    db.read(() => db.statement('ATTACH ? AS kept').run(file));
    const ends = db.read(() => {
      for (const table of [...SMALL_TABLES, ...TOPICS]) makeTable(db, table);
      return TOPICS.map((topic) => ({ topic, first: topicLog(db, topic).first(), end: topicLog(db, topic).next() }));
    });
    const total = ends.reduce((sum, { first, end }) => sum + end - first, 0);
    let done = 0;
    for (const { topic, end } of ends)
      for await (const records of steps(db, topic, `main.${topic}`, `kept.${nameInBackup(topic)}`, end)) {
        done += records;
        onProgress?.(Math.min(1, done / total));
      }
    db.read(() => {
      // What retention dropped while the copy was made goes here too: a topic has no hole.
      for (const { topic } of ends)
        db.statement(`DELETE FROM kept.${nameInBackup(topic)} WHERE "offset" < ?`).run(topicLog(db, topic).first());
      db.statement("INSERT INTO kept.journal_meta VALUES ('version', ?)").run(MIGRATIONS.length);
      db.exec('DETACH kept');
    });
    onProgress?.(1);
  } finally {
    db.close();
  }
}

/** Makes a table anew in the backup, with the rows of those that are copied as they are. */
function makeTable(db: Database, table: string): void {
  const name = nameInBackup(table);
  const row = db.query<[string]>("SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?").get(table);
  const made = row?.[0].replace(`CREATE TABLE ${table}`, `CREATE TABLE kept.${name}`);
  db.exec(`DROP TABLE IF EXISTS kept.${name}; ${made}`);
  if (SMALL_TABLES.includes(table)) db.exec(`INSERT INTO kept.${name} SELECT * FROM main.${table}`);
}

/** Copies records between two tables of a topic, oldest first, a step at a time; gives how many each step copied. */
async function* steps(db: Database, topic: Topic, from: string, to: string, end: number): AsyncGenerator<number> {
  const log = topicLog(db, topic, from);
  let offset = 0;
  for (;;) {
    const sizes = db.read(() => log.sizes({ from: offset, to: end, limit: STEP_RECORDS }));
    const last = sizes[howManyFit(sizes, STEP_BYTES) - 1];
    if (!last) return;
    yield db.read(() => {
      const copy = `INSERT INTO ${to} SELECT * FROM ${from} WHERE "offset" >= ? AND "offset" <= ?`;
      return Number(db.statement(copy).run(offset, last.offset).changes);
    });
    offset = last.offset + 1;
    await turnOfTheLoop();
  }
}

/**
 * Puts the journal of a backup into a folder that has none; a journal that survived there stays as it is. Returns
 * whether one was put there: a backup may have none, then the next start makes a new one.
 *
 * @throws HarmattanError HMT_JOURNAL_NEWER, HMT_JOURNAL_FULL, HMT_FOLDER_READ_ONLY, HMT_JOURNAL_DAMAGED
 */
export async function sqliteJournalRestore({ folder, file }: JournalCopyOptions): Promise<boolean> {
  const path = join(folder, JOURNAL_FILE);
  if (existsSync(path)) return false;
  const partial = `${path}.partial`;
  removeDatabase(partial);
  const db = openDatabase({ path: partial });
  let found = false;
  try {
    db.read(() => db.statement('ATTACH ? AS kept').run(file));
    found = db.read(() => has(db, 'journal_meta'));
    if (found) {
      migrate(db, MIGRATIONS.slice(0, versionOf(db, file)));
      await takeTables(db);
      db.read(() => db.exec('DETACH kept'));
    }
    // The last connection to close writes the log into the file and syncs it.
    db.close();
    if (found) {
      // A log that a destroyed journal left behind would be taken for the new file's.
      removeDatabase(path);
      renameSync(partial, path);
    }
  } finally {
    db.close();
    removeDatabase(partial);
  }
  if (found) flush(folder);
  return found;
}

const has = (db: Database, table: string) =>
  db.query<[number]>('SELECT count(*) FROM kept.sqlite_schema WHERE name = ?').get(table)?.[0] === 1;

/** The version of a backup's journal. */
function versionOf(db: Database, file: string): number {
  const row = db.read(() => db.query<[number]>("SELECT value FROM kept.journal_meta WHERE key = 'version'").get());
  if (!row) throw new HarmattanError('HMT_STORE_BACKUP_INVALID', { detail: `${file}: its journal is incomplete.` });
  if (row[0] > MIGRATIONS.length)
    throw new HarmattanError('HMT_JOURNAL_NEWER', {
      detail: `The backup's journal has version ${row[0]}; this program knows up to ${MIGRATIONS.length}.`,
    });
  return row[0];
}

async function takeTables(db: Database): Promise<void> {
  for (const topic of TOPICS)
    for await (const _ of steps(db, topic, `kept.${nameInBackup(topic)}`, `main.${topic}`, Number.MAX_SAFE_INTEGER));
  db.write('disk', () => {
    for (const table of SMALL_TABLES)
      db.exec(`DELETE FROM main.${table}; INSERT INTO main.${table} SELECT * FROM kept.${nameInBackup(table)}`);
    db.exec("DELETE FROM main.journal_meta WHERE key = 'version'");
  });
}

function flush(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true });
}
