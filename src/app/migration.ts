import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { HarmattanError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { Clock } from '../core/time.ts';
import { INDEX_GROUP } from '../index/index-stage.ts';
import { JOURNAL_FILE } from '../journal/sqlite/database.ts';
import { carry } from '../migrate/carry.ts';
import { type Comparison, compareStores } from '../migrate/compare.ts';
import type { CarryCounts, MigrationInput } from '../migrate/migration.ts';
import { PROCESS_GROUP } from '../process/runner.ts';
import { AUDIT } from '../serve/audit-log.ts';
import { TOKENS } from '../serve/token.ts';
import { STORE_FILE } from '../store/sqlite/store.ts';
import type { Store } from '../store/store.ts';
import { THREADS } from '../watch/outbox-queue.ts';
import { DELIVERIES, OUTBOX } from '../watch/outbox-row.ts';
import { SILENCES } from '../watch/silence.ts';
import { ACKNOWLEDGEMENTS, ALERT_HISTORY, ENDED_ALERTS, SIGNALS, WATCH } from '../watch/watch-records.ts';
import type { Place } from '../weather/place.ts';
import { openJournal } from './open-journal.ts';
import { openStore } from './open-store.ts';
import { importOriginal, type OriginalReport, openOriginal } from './original-import.ts';
import { configuredPlaces, notedPlaces } from './workplace.ts';

/** Where a store lies. */
export type StoreAddress =
  | { readonly kind: 'sqlite'; readonly folder: string }
  | { readonly kind: 'mongodb'; readonly url: string; readonly database: string };

/** What was carried and how the two compare; or what came of an original database. */
export interface MigrationReport {
  readonly carried?: CarryCounts;
  readonly compared?: Readonly<Record<string, Comparison>>;
  readonly original?: OriginalReport;
  /** Everything of the source stands in the target. */
  readonly complete: boolean;
}

export interface MigrateOptions {
  readonly from: StoreAddress;
  readonly to: StoreAddress;
  readonly config: Config;
  readonly homeFolder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onProgress: MigrationInput['onProgress'];
  readonly signal: AbortSignal;
}

/** What the watch and the server remember. */
const COLLECTIONS = [
  SILENCES,
  ACKNOWLEDGEMENTS,
  ENDED_ALERTS,
  ALERT_HISTORY,
  DELIVERIES,
  THREADS,
  SIGNALS,
  OUTBOX,
  // Last: by the watch's own memory everybody sees that the others are there.
  WATCH,
  TOKENS,
  AUDIT,
];

const MONGODB = /^mongodb(\+srv)?:\/\//;

/**
 * `sqlite:FOLDER`, or `mongodb://HOST:PORT/DATABASE` without a login, which stands in the configuration.
 *
 * @throws HarmattanError HMT_CLI_USAGE
 */
export function storeAddress(text: string, flag: string, workingFolder: string): StoreAddress {
  const wrong = (detail: string) => new HarmattanError('HMT_CLI_USAGE', { detail: `${flag} ${detail}`, field: flag });
  const folder = /^sqlite:(?:\/\/)?(.+)$/.exec(text)?.[1];
  if (folder !== undefined) return { kind: 'sqlite', folder: resolve(workingFolder, folder) };
  if (!MONGODB.test(text)) throw wrong('must be sqlite:FOLDER or mongodb://HOST:PORT/DATABASE.');
  if (text.includes('@')) throw wrong('must hold no login: it stands in mongodb.username and mongodb.password.');
  const [, before = '', database = '', options = ''] =
    /^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?([^?]*)(\?.*)?$/.exec(text) ?? [];
  if (!/^[A-Za-z0-9_-]{1,63}$/.test(database)) throw wrong('must name the database: mongodb://HOST:PORT/DATABASE.');
  return { kind: 'mongodb', url: `${before}/${options}`, database };
}

/**
 * Carries a store, or an original database, into another store and compares the two. Cut off anywhere, it can be run again.
 *
 * @throws HarmattanError HMT_CLI_USAGE, HMT_STORE_*, HMT_FOLDER_MIXED, HMT_JOURNAL_*
 */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  const { from, to, config, homeFolder, onProgress } = options;
  if (JSON.stringify(from) === JSON.stringify(to))
    throw new HarmattanError('HMT_CLI_USAGE', { detail: '--from and --to are the same.', field: '--to' });
  const original = from.kind === 'mongodb' ? await openOriginal(configOf(config, from).mongodb) : null;
  if (original !== null) {
    try {
      const places = configuredPlaces(config, false, homeFolder);
      const target = await openTarget(options, 'live', await places);
      try {
        const report = await importOriginal({ ...options, original, to: target, places: await places });
        return { original: report, complete: report.absent === 0 && report.refused === 0 };
      } finally {
        await target.close();
      }
    } finally {
      await original.close();
    }
  }
  const source = await openSource(options);
  try {
    const places = (await notedPlaces(source)) ?? (await configuredPlaces(config, false, homeFolder));
    const target = await openTarget(options, source.nature, places);
    try {
      const input: MigrationInput = {
        from: source,
        to: target,
        placeIds: places.map(({ id }) => id),
        collections: COLLECTIONS,
        groups: (await journalIds(options)).flatMap((journalId) =>
          [PROCESS_GROUP, INDEX_GROUP].map((group) => ({ journalId, group })),
        ),
        now: options.clock.now,
        onProgress,
        signal: options.signal,
      };
      const carried = await carry(input);
      const compared = await compareStores(input);
      const same = Object.values(compared).every(({ different }) => different === 0);
      return { carried, compared, complete: same && !options.signal.aborted };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** The configuration with the store at an address. */
function configOf(config: Config, at: StoreAddress): Config {
  if (at.kind === 'sqlite') return { ...config, data: at.folder, store: { ...config.store, kind: 'sqlite' } };
  const mongodb = { ...config.mongodb, url: at.url, database: at.database };
  return { ...config, store: { ...config.store, kind: 'mongodb' }, mongodb };
}

function openAt(
  { config, clock, logger }: MigrateOptions,
  at: StoreAddress,
  nature: Store['nature'],
  placeOf: (placeId: string) => Place | null,
): Promise<Store> {
  return openStore({
    config: configOf(config, at),
    folder: at.kind === 'sqlite' ? at.folder : config.data,
    clock,
    logger,
    nature,
    preference: [],
    watchForeignMs: null,
    fsync: true,
    alone: false,
    embedded: false,
    placeOf,
  });
}

async function openSource(options: MigrateOptions): Promise<Store> {
  const { from } = options;
  if (from.kind === 'sqlite' && !existsSync(join(from.folder, STORE_FILE)))
    throw new HarmattanError('HMT_CLI_FILE', { detail: `${from.folder} holds no store.`, field: '--from' });
  try {
    return await openAt(options, from, 'live', () => null);
  } catch (error) {
    if (!(error instanceof HarmattanError && error.code === 'HMT_FOLDER_MIXED')) throw error;
    return openAt(options, from, 'simulated', () => null);
  }
}

function openTarget(options: MigrateOptions, nature: Store['nature'], places: readonly Place[]): Promise<Store> {
  const known = new Map(places.map((place) => [place.id, place]));
  return openAt(options, options.to, nature, (placeId) => known.get(placeId) ?? null);
}

/** The journals whose positions are carried: those of the folders that are named or configured, or the brokers'. */
async function journalIds(options: MigrateOptions): Promise<readonly string[]> {
  const { from, to, config, clock, logger } = options;
  const open = async (folder: string, embedded: boolean) => {
    const journal = await openJournal({
      config: { ...config, data: folder },
      folder,
      clock,
      logger,
      watchForeignMs: null,
      fsync: true,
      alone: false,
      embedded,
    });
    await journal.close();
    return journal.id;
  };
  const folders = new Set([from, to].flatMap((at) => (at.kind === 'sqlite' ? [at.folder] : [])).concat(config.data));
  const found: string[] = [];
  for (const folder of folders) if (existsSync(join(folder, JOURNAL_FILE))) found.push(await open(folder, true));
  if (config.journal.kind !== 'sqlite') found.push(await open(config.data, false));
  return found;
}
