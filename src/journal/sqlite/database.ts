import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { HarmattanError } from '../../core/errors.ts';

/** A value as SQLite gives it back. */
export type Cell = null | number | string | Uint8Array;

/** A prepared statement whose rows are arrays of cells, in the order of its columns. */
export interface Query<Row extends readonly Cell[]> {
  all(...parameters: SQLInputValue[]): Row[];
  /** One by one; ending the loop early lets the rest go unread. */
  iterate(...parameters: SQLInputValue[]): Iterable<Row>;
  get(...parameters: SQLInputValue[]): Row | undefined;
}

/** How far a write has got when it returns: on the disk, or in the operating system's memory. */
export type Reach = 'disk' | 'memory';

/** The one connection of this process to a journal file, with its statements prepared once. */
export interface Database {
  readonly path: string;
  query<Row extends readonly Cell[]>(sql: string): Query<Row>;
  statement(sql: string): StatementSync;
  exec(sql: string): void;
  /** Runs `work` and translates SQLite's errors. */
  read<T>(work: () => T): T;
  /**
   * Runs `work` in one write transaction: all of it or nothing. `disk` resolves once the disk has it; `memory` survives
   * a killed process at once and a power cut only after the next write to the disk.
   */
  write<T>(reach: Reach, work: () => T): T;
  /** The same without ever keeping this process waiting: `null` while another process writes. */
  tryWrite<T>(reach: Reach, work: () => T): { readonly result: T } | null;
  /** The same, tried until it is our turn, while this process goes on with other things. */
  writeInTurn<T>(reach: Reach, work: () => T): Promise<T>;
  /** Changes when another connection (another process) has committed. */
  foreignVersion(): number;
  /** Bytes of the file that hold something. */
  usedBytes(): number;
  /** Gives a bounded number of pages back to the file system where much of the file is empty; whether there are more. */
  shrink(): boolean;
  readonly isOpen: boolean;
  close(): void;
}

export interface DatabaseOptions {
  readonly path: string;
  /** Limit on the file's size; the disk's by default. */
  readonly maxFileBytes?: number | undefined;
  /** False: nothing waits for the disk, as on a simulated clock. A killed process loses nothing, a power cut may. */
  readonly fsync?: boolean | undefined;
  /** True: nobody else opens the file meanwhile, so that its lock is taken once and not at every look. */
  readonly alone?: boolean | undefined;
}

/** The journal's file in the data folder. */
export const JOURNAL_FILE = 'journal.db';

export const PAGE_BYTES = 4096;
/** How long a writer waits for another process's transaction, ms. Ours last a few milliseconds each. */
const BUSY_MS = 10_000;
const RETRY_MS = 1;
/** Empty pages up to this many are kept for what comes next; beyond it they are given back, so many at a time. */
const SPARE_PAGES = 4096;
const SHRINK_PAGES = 1024;

/** Opens (or makes) a file. @throws HarmattanError HMT_FOLDER_READ_ONLY, HMT_JOURNAL_* */
export function openDatabase(options: DatabaseOptions): Database {
  const { path } = options;
  const prepared = new Map<string, StatementSync>();
  const db = connect(options);
  let reach: Reach = 'disk';

  const prepare = (sql: string, arrays: boolean) => {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = db.prepare(sql);
      statement.setReturnArrays(arrays);
      prepared.set(sql, statement);
    }
    return statement;
  };
  // The one place where rows change type: the text of the statement and the row type are written side by side.
  const query = <Row extends readonly Cell[]>(sql: string) => prepare(sql, true) as unknown as Query<Row>;
  const pragma = (name: string) => query<[number]>(`PRAGMA ${name}`).get()?.[0] ?? 0;
  const translate = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw journalError(error, path);
    }
  };
  const transaction = <T>(wanted: Reach, work: () => T): T => {
    if (wanted !== reach && options.fsync !== false)
      db.exec(`PRAGMA synchronous = ${wanted === 'disk' ? 'FULL' : 'NORMAL'}`);
    reach = wanted;
    prepare('BEGIN IMMEDIATE', false).run();
    try {
      const result = work();
      prepare('COMMIT', false).run();
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors (a full disk): then there is nothing to undo.
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };
  const tryWrite = <T>(wanted: Reach, work: () => T) => {
    try {
      db.exec('PRAGMA busy_timeout = 0');
      return { result: transaction(wanted, work) };
    } catch (error) {
      if (isBusy(error)) return null;
      throw journalError(error, path);
    } finally {
      if (db.isOpen) db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    }
  };

  return {
    path,
    query,
    statement: (sql) => prepare(sql, false),
    exec: (sql) => db.exec(sql),
    read: translate,
    write: (wanted, work) => translate(() => transaction(wanted, work)),
    tryWrite,
    async writeInTurn(wanted, work) {
      // SQLite's own waiting blocks the process and looks ever less often: next to a busy writer it takes seconds.
      for (let tries = 0; tries < BUSY_MS; tries++) {
        const written = tryWrite(wanted, work);
        if (written) return written.result;
        await delay(RETRY_MS);
      }
      throw new HarmattanError('HMT_JOURNAL_UNAVAILABLE', { detail: `${path} is kept busy by another process.` });
    },
    foreignVersion: () => pragma('data_version'),
    usedBytes: () => (pragma('page_count') - pragma('freelist_count')) * PAGE_BYTES,
    shrink() {
      const free = pragma('freelist_count');
      if (free <= SPARE_PAGES || free <= pragma('page_count') / 4) return false;
      db.exec(`PRAGMA incremental_vacuum(${SHRINK_PAGES})`);
      return true;
    },
    get isOpen() {
      return db.isOpen;
    },
    close() {
      if (db.isOpen) db.close();
    },
  };
}

/** Marks the file as a journal of ours (`HMTJ`): a file of another program is not touched. */
export const APPLICATION_ID = 0x484d544a;

function connect({ path, maxFileBytes, fsync, alone }: DatabaseOptions): DatabaseSync {
  let db: DatabaseSync | null = null;
  try {
    mkdirSync(dirname(path), { recursive: true });
    db = new DatabaseSync(path, { timeout: BUSY_MS });
    if (alone) db.exec('PRAGMA locking_mode = EXCLUSIVE');
    // Only a new file is told its layout: telling an old one again would write to it.
    if (isNew(db, path)) db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL`);
    // synchronous FULL: a commit returns once fsync has; what is acknowledged outlives a power cut.
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA cache_size = -16384;
      PRAGMA wal_autocheckpoint = 1000;
      PRAGMA journal_size_limit = 16777216;
    `);
    if (fsync === false) db.exec('PRAGMA synchronous = OFF');
    if (maxFileBytes !== undefined) db.exec(`PRAGMA max_page_count = ${Math.ceil(maxFileBytes / PAGE_BYTES)}`);
    return db;
  } catch (error) {
    db?.close();
    throw journalError(error, path);
  }
}

/** Whether a file holds nothing yet. @throws HarmattanError HMT_JOURNAL_DAMAGED when it is another program's */
function isNew(db: DatabaseSync, path: string): boolean {
  const { tables } = db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() ?? {};
  const { application_id: application } = db.prepare('PRAGMA application_id').get() ?? {};
  if (application === APPLICATION_ID) return false;
  if (application === 0 && tables === 0) return true;
  throw new HarmattanError('HMT_JOURNAL_DAMAGED', { detail: `${path} is a file of another program.` });
}

/** SQLite's result codes that have a meaning of their own for us; extended codes carry the primary one in a byte. */
const SQLITE_PERM = 3;
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;
const SQLITE_IOERR_SHMSIZE = 4874;

const isBusy = (error: unknown) =>
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;

/** Translates what SQLite or the file system threw; anything else is a programming error and stays as it is. */
export function journalError(error: unknown, path: string): unknown {
  if (error instanceof HarmattanError || !(error instanceof Error)) return error;
  const { code, errcode } = error as Error & { code?: unknown; errcode?: unknown };
  const details = { detail: `${path}: ${error.message}.`, cause: error };
  if (code === 'ERR_INVALID_STATE') return new HarmattanError('HMT_JOURNAL_UNAVAILABLE', details);
  if (code !== 'ERR_SQLITE_ERROR' || typeof errcode !== 'number') return fileError(code, error, details);
  const primary = errcode & 0xff;
  if (primary === SQLITE_FULL || errcode === SQLITE_IOERR_SHMSIZE)
    return new HarmattanError('HMT_JOURNAL_FULL', details);
  if (primary === SQLITE_READONLY || primary === SQLITE_PERM)
    return new HarmattanError('HMT_FOLDER_READ_ONLY', details);
  if (primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB)
    return new HarmattanError('HMT_JOURNAL_DAMAGED', details);
  if (primary === SQLITE_CANTOPEN) return whyNotOpen(path, details);
  return new HarmattanError('HMT_JOURNAL_UNAVAILABLE', details);
}

interface Details {
  readonly detail: string;
  readonly cause: unknown;
}

function fileError(code: unknown, error: Error, details: Details): Error {
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new HarmattanError('HMT_FOLDER_READ_ONLY', details);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new HarmattanError('HMT_JOURNAL_FULL', details);
  if (code === 'ENOTDIR' || code === 'EEXIST' || code === 'ENOENT' || code === 'EISDIR')
    return new HarmattanError('HMT_JOURNAL_UNAVAILABLE', details);
  return error;
}

/** SQLite does not say why it cannot open a file; the operating system does. */
function whyNotOpen(path: string, details: Details): Error {
  try {
    closeSync(openSync(path, 'a'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof Error && code !== undefined) {
      const named = fileError(code, error, details);
      if (named instanceof HarmattanError) return named;
    }
  }
  return new HarmattanError('HMT_JOURNAL_UNAVAILABLE', details);
}
