import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { HarmattanError } from '../../core/errors.ts';

/** A value as SQLite gives it back. */
export type Cell = null | number | string | Uint8Array;

/** A prepared statement whose rows are arrays of cells, in the order of its columns. */
export interface Query<Row extends readonly Cell[]> {
  all(...parameters: SQLInputValue[]): Row[];
  get(...parameters: SQLInputValue[]): Row | undefined;
}

/** A connection to one SQLite file, with its statements prepared once. */
export interface Database {
  readonly path: string;
  /** A statement that reads; prepared once per text. */
  query<Row extends readonly Cell[]>(sql: string): Query<Row>;
  /** A statement that writes; `run` gives the number of changed rows. Prepared once per text. */
  statement(sql: string): StatementSync;
  /** Runs several statements without parameters. */
  exec(sql: string): void;
  /** Runs `work`, which reads with one statement, and translates SQLite's errors. */
  read<T>(work: () => T): T;
  /** Runs `work`, which reads with several statements, on one snapshot: they agree, and the file is locked only once. */
  snapshot<T>(work: () => T): T;
  /**
   * Runs `work` in one write transaction: all of it or nothing. `durable` also waits for the disk, so that the effect
   * survives a power cut at once; otherwise it survives a killed process at once and a power cut a little later.
   */
  write<T>(work: () => T, durable?: 'durable'): T;
  /** Called after a transaction was rolled back: caches that it may have filled are wrong. */
  onRollback(listener: () => void): void;
  /** Changes when another connection (another process) has committed. */
  foreignVersion(): number;
  close(): void;
}

export interface DatabaseOptions {
  readonly path: string;
  /** Limit on the file's size; the disk's by default. */
  readonly maxBytes?: number | undefined;
  /** False: nothing waits for the disk, as on a simulated clock. */
  readonly fsync?: boolean | undefined;
  /** True: nobody else opens the file meanwhile, so that its lock is taken once and not at every look. */
  readonly alone?: boolean | undefined;
}

/** Of a new file. Twice SQLite's own: places grow side by side, so that pages are split all the time, and half as often so. */
export const PAGE_BYTES = 8192;
/** How long a writer waits for another process's transaction, ms. Ours last a few milliseconds each. */
const BUSY_MS = 10_000;

/**
 * NORMAL: a commit is in the write-ahead log and survives `kill -9`; a power cut may take the last commits, rows and
 * positions together, and the journal gives them again. A long log (32 MB) lets the hot pages of many batches be
 * written once: with SQLite's default of 4 MB the checkpoint is a third of ingest's time. The cache of 32 MB holds the
 * page that each of 4,000 places writes to.
 */
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -32768;
  PRAGMA wal_autocheckpoint = 4000;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA temp_store = MEMORY;
  PRAGMA foreign_keys = OFF;
`;

/** Opens (or makes) a file. @throws HarmattanError HMT_FOLDER_READ_ONLY, HMT_STORE_UNAVAILABLE */
export function openDatabase(options: DatabaseOptions): Database {
  const { path } = options;
  const listeners: (() => void)[] = [];
  const prepared = new Map<string, StatementSync>();
  const db = connect(options);

  const prepare = (sql: string, arrays: boolean) => {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = db.prepare(sql);
      statement.setReturnArrays(arrays);
      prepared.set(sql, statement);
    }
    return statement;
  };
  const translate = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw storeError(error, path);
    }
  };
  const rollBack = () => {
    try {
      // SQLite has rolled back by itself after some errors (a full disk): then there is nothing to undo.
      db.exec('ROLLBACK');
    } catch {}
    for (const listener of listeners) listener();
  };
  const transaction = <T>(begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T => {
    db.exec(begin);
    try {
      const result = work();
      db.exec('COMMIT');
      return result;
    } catch (error) {
      rollBack();
      throw error;
    }
  };

  return {
    path,
    // The one place where rows change type: the text of the statement and the row type are written side by side.
    query: <Row extends readonly Cell[]>(sql: string) => prepare(sql, true) as unknown as Query<Row>,
    statement: (sql) => prepare(sql, false),
    exec: (sql) => db.exec(sql),
    read: translate,
    snapshot: (work) => translate(() => transaction('BEGIN', work)),
    write: (work, durable) =>
      translate(() => {
        if (durable === undefined || options.fsync === false) return transaction('BEGIN IMMEDIATE', work);
        db.exec('PRAGMA synchronous = FULL');
        try {
          return transaction('BEGIN IMMEDIATE', work);
        } finally {
          db.exec('PRAGMA synchronous = NORMAL');
        }
      }),
    onRollback: (listener) => listeners.push(listener),
    foreignVersion: () => {
      const row = (prepare('PRAGMA data_version', true) as unknown as Query<[number]>).get();
      return row?.[0] ?? 0;
    },
    close: () => {
      if (db.isOpen) db.close();
    },
  };
}

/** An older file keeps the size that it was made with. */
const pageBytesOf = (db: DatabaseSync): number => Number(db.prepare('PRAGMA page_size').get()?.page_size);

function connect(options: DatabaseOptions): DatabaseSync {
  let db: DatabaseSync | null = null;
  try {
    mkdirSync(dirname(options.path), { recursive: true });
    db = new DatabaseSync(options.path, { timeout: BUSY_MS });
    if (options.alone) db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec(`PRAGMA page_size = ${PAGE_BYTES}; ${PRAGMAS}`);
    if (options.fsync === false) db.exec('PRAGMA synchronous = OFF');
    if (options.maxBytes !== undefined)
      db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(options.maxBytes / pageBytesOf(db)))}`);
    return db;
  } catch (error) {
    db?.close();
    throw storeError(error, options.path);
  }
}

/** SQLite's primary result codes that have a meaning of their own for us. */
const SQLITE_PERM = 3;
const SQLITE_READONLY = 8;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;

/** Translates what SQLite or the file system threw; anything else is a programming error and stays as it is. */
export function storeError(error: unknown, path: string): unknown {
  if (error instanceof HarmattanError || !(error instanceof Error)) return error;
  const { code, errcode } = error as Error & { code?: unknown; errcode?: unknown };
  const details = { detail: `${path}: ${error.message}.`, cause: error };
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new HarmattanError('HMT_FOLDER_READ_ONLY', details);
  if (code === 'ENOSPC') return new HarmattanError('HMT_STORE_FULL', details);
  if (code === 'ENOTDIR' || code === 'EEXIST' || code === 'ENOENT' || code === 'EISDIR')
    return new HarmattanError('HMT_STORE_UNAVAILABLE', details);
  if (code !== 'ERR_SQLITE_ERROR' || typeof errcode !== 'number') return error;
  const primary = errcode & 0xff;
  if (primary === SQLITE_FULL) return new HarmattanError('HMT_STORE_FULL', details);
  if (primary === SQLITE_READONLY || primary === SQLITE_PERM)
    return new HarmattanError('HMT_FOLDER_READ_ONLY', details);
  if (primary === SQLITE_CANTOPEN && !writable(dirname(path)))
    return new HarmattanError('HMT_FOLDER_READ_ONLY', details);
  return new HarmattanError('HMT_STORE_UNAVAILABLE', details);
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
