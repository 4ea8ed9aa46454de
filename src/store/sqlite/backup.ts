import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { HarmattanError } from '../../core/errors.ts';
import type { Instant } from '../../core/time.ts';
import { PAGE_BYTES, storeError } from './database.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';

/** Adds tables to a backup's file and reports the share of its own work that is done, in [0, 1]. */
export type BackupAddition = (file: string, onProgress: (share: number) => void) => Promise<void>;

export interface BackupOptions {
  /** The data folder. */
  readonly folder: string;
  /** The file to make; replaced when it exists. */
  readonly file: string;
  readonly madeAt: Instant;
  /** Called with the share done, in [0, 1]. */
  readonly onProgress?: ((share: number) => void) | undefined;
  /**
   * Adds tables to the file (the journal's), after the store's snapshot: so the journal is never behind the positions
   * that the store has committed.
   */
  readonly alsoInto?: BackupAddition | undefined;
}

export interface RestoreOptions {
  /** A folder without a store: a new one, or one whose store was destroyed. A journal that survived there stays. */
  readonly folder: string;
  /** A file that `sqliteBackup` made. */
  readonly file: string;
  /** Takes its tables (the journal's) out of the file again, where they are missing, before the store is put in place. */
  readonly alsoFrom?: ((file: string) => Promise<void>) | undefined;
}

/** Pages copied between two looks at the event loop: 4 MB. */
const PAGES_AT_ONCE = 512;

/** The share of the work that copying the store is; the rest is what others add. */
const STORE_SHARE = 0.7;

/** Lists the store's own tables, so that a restore knows them from what others added. */
const MANIFEST = 'harmattan_backup';

/**
 * Writes a consistent copy of the store while processes go on writing, into `<file>.partial`, and gives it its name once
 * it is complete and on the disk.
 *
 * @throws HarmattanError HMT_CLI_FILE, HMT_STORE_FULL, HMT_STORE_UNAVAILABLE
 */
export async function sqliteBackup({ folder, file, madeAt, onProgress, alsoInto }: BackupOptions): Promise<void> {
  const partial = `${file}.partial`;
  const source = join(folder, 'store.db');
  if (!existsSync(source))
    throw new HarmattanError('HMT_STORE_UNAVAILABLE', {
      detail: `${source} does not exist: there is nothing to back up.`,
    });
  try {
    mkdirSync(dirname(file), { recursive: true });
    removeDatabase(partial);
    await copyStore(source, partial, (share) => onProgress?.(share * STORE_SHARE));
    writeManifest(partial, madeAt);
    await alsoInto?.(partial, (share) => onProgress?.(STORE_SHARE + share * (1 - STORE_SHARE)));
    seal(partial);
    renameSync(partial, file);
    flush(dirname(file));
  } catch (error) {
    discard(partial);
    throw fileError(error, file);
  }
  onProgress?.(1);
}

async function copyStore(source: string, target: string, onProgress: (share: number) => void): Promise<void> {
  // A connection of its own that holds one snapshot: writers go on and the copy never has to start again.
  const db = new DatabaseSync(source, { readOnly: true, timeout: 10_000 });
  try {
    db.exec('BEGIN');
    db.prepare('SELECT count(*) FROM store_meta').get();
    const progress = ({ totalPages, remainingPages }: { totalPages: number; remainingPages: number }) =>
      onProgress(totalPages === 0 ? 1 : 1 - remainingPages / totalPages);
    await backup(db, target, { rate: PAGES_AT_ONCE, progress });
  } finally {
    db.close();
  }
}

function writeManifest(file: string, madeAt: Instant): void {
  const db = new DatabaseSync(file);
  try {
    const names = db.prepare(
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'index', 'view') AND sql IS NOT NULL",
    );
    const own = names.all().map((row) => row.name);
    db.exec(`DROP TABLE IF EXISTS ${MANIFEST}; CREATE TABLE ${MANIFEST} (madeAt INTEGER, objects TEXT)`);
    db.prepare(`INSERT INTO ${MANIFEST} VALUES (?, ?)`).run(madeAt, JSON.stringify(own));
  } finally {
    db.close();
  }
}

/** Leaves one file without a log beside it, on the disk. */
function seal(file: string): void {
  const db = new DatabaseSync(file);
  try {
    db.exec('PRAGMA journal_mode = DELETE');
  } finally {
    db.close();
  }
  flush(file);
}

function flush(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Puts a backup's store into a folder. The feed begins a new epoch, so that a reader who is further than the backup
 * learns that there is a gap.
 *
 * @throws HarmattanError HMT_STORE_BACKUP_INVALID, HMT_STORE_NEWER; HMT_CLI_USAGE when the folder has a store already
 */
export async function sqliteRestore({ folder, file, alsoFrom }: RestoreOptions): Promise<void> {
  const objects = readManifest(file);
  const target = join(folder, 'store.db');
  if (existsSync(target))
    throw new HarmattanError('HMT_CLI_USAGE', {
      detail: `${target} exists: restore into an empty folder, or move the old files away first.`,
    });
  const partial = `${target}.partial`;
  try {
    mkdirSync(folder, { recursive: true });
    removeDatabase(partial);
    copyObjects(file, partial, objects);
    await alsoFrom?.(file);
    // A log that a destroyed store left behind would be taken for the new file's.
    removeDatabase(target);
    renameSync(partial, target);
    flush(folder);
  } catch (error) {
    discard(partial);
    throw fileError(error, target);
  }
}

/** The names of the store's own tables in a backup. */
function readManifest(file: string): readonly string[] {
  const invalid = (detail: string, cause?: unknown) =>
    new HarmattanError('HMT_STORE_BACKUP_INVALID', { detail: `${file}: ${detail}`, cause });
  if (!existsSync(file)) throw invalid('there is no such file.');
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(file, { readOnly: true });
    const value = (sql: string) => Object.values(db?.prepare(sql).get() ?? {})[0];
    if (value('PRAGMA application_id') !== APPLICATION_ID) throw invalid('it is not a store.');
    const version = Number(value('PRAGMA user_version'));
    if (version > MIGRATIONS.length)
      throw new HarmattanError('HMT_STORE_NEWER', { detail: `The backup has version ${version}.` });
    const damage = value('PRAGMA quick_check');
    if (damage !== 'ok') throw invalid(`it is damaged (${String(damage)}).`);
    return JSON.parse(String(value(`SELECT objects FROM ${MANIFEST}`))) as readonly string[];
  } catch (error) {
    if (error instanceof HarmattanError) throw error;
    throw invalid(`${(error as Error).message}.`, error);
  } finally {
    db?.close();
  }
}

function copyObjects(file: string, target: string, objects: readonly string[]): void {
  const db = new DatabaseSync(target);
  try {
    db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA synchronous = FULL`);
    db.prepare('ATTACH ? AS kept').run(file);
    const schema = db
      .prepare('SELECT type, name, sql FROM kept.sqlite_schema WHERE name IN (SELECT value FROM json_each(?))')
      .all(JSON.stringify(objects)) as { type: string; name: string; sql: string }[];
    const ofType = (type: string) => schema.filter((one) => one.type === type);
    const version = Object.values(db.prepare('PRAGMA kept.user_version').get() ?? {})[0];
    db.exec('BEGIN');
    for (const { name, sql } of ofType('table'))
      db.exec(`${sql}; INSERT INTO main."${name}" SELECT * FROM kept."${name}"`);
    for (const { sql } of [...ofType('index'), ...ofType('view')]) db.exec(sql);
    db.exec(`
      INSERT INTO store_meta (key, value) VALUES ('feedEpochs', '[]') ON CONFLICT DO NOTHING;
      UPDATE store_meta SET value = json_insert(value, '$[#]', (SELECT ifnull(max(last), 0) FROM feed))
        WHERE key = 'feedEpochs';
      PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${Number(version)};
      COMMIT; DETACH kept`);
  } finally {
    db.close();
  }
  flush(target);
}

/** Removes what a failure left; the failure is what is told, not that nothing could be removed. */
function discard(file: string): void {
  try {
    removeDatabase(file);
  } catch {}
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true });
}

/** A file that the user named: what is wrong with it is the user's to cure. */
function fileError(error: unknown, file: string): unknown {
  const translated = storeError(error, file);
  const code = translated instanceof HarmattanError ? translated.code : null;
  if (code === 'HMT_FOLDER_READ_ONLY' || (code === 'HMT_STORE_UNAVAILABLE' && !(error instanceof HarmattanError)))
    return new HarmattanError('HMT_CLI_FILE', {
      detail: `${basename(file)}: ${(error as Error).message}.`,
      cause: error,
    });
  return translated;
}
