import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, sourcePreference } from '../config/config.ts';
import type { LoadedConfig } from '../config/load.ts';
import { HarmattanError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { Clock } from '../core/time.ts';
import type { Journal } from '../journal/journal.ts';
import { sqliteJournal } from '../journal/sqlite/sqlite-journal.ts';
import { replayPlaces } from '../poll/replay/replay-places.ts';
import { sqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { loadPlaces, type Place } from '../weather/place.ts';

/** The demo's folder lies beside the live one: simulated rows never enter it. */
export const demoFolder = (data: string): string => `${data}-demo`;

/** A data folder, opened: what every command works on. */
export interface Workplace {
  readonly config: Config;
  readonly folder: string;
  readonly nature: Store['nature'];
  readonly places: readonly Place[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly journal: Journal;
  readonly store: Store;
  readonly loaded: LoadedConfig;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly loaded: LoadedConfig;
  /** The simulator's own folder, whatever is configured. */
  readonly demo: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the shipped places lie. */
  readonly homeFolder: string;
  /** How often to look for what other processes wrote while waiting, ms; `null` on a manual clock. */
  readonly watchForeignMs?: number | null;
}

const WATCH_FOREIGN_MS = 100;

/**
 * Opens (and makes, where it is new) the folder's journal and store. Picks the adapters: this and `app.ts` are the only
 * places that do.
 *
 * @throws HarmattanError HMT_FOLDER_*, HMT_JOURNAL_*, HMT_STORE_*, HMT_PLACES_*
 */
export async function openWorkplace(options: OpenOptions): Promise<Workplace> {
  const { loaded, clock, logger, demo } = options;
  const { config } = loaded;
  const folder = demo ? demoFolder(config.data) : config.data;
  const nature = demo || sourcePreference(config).includes('simulator') ? 'simulated' : 'live';
  makeFolder(folder);
  const watchForeignMs = options.watchForeignMs === undefined ? WATCH_FOREIGN_MS : options.watchForeignMs;
  const places = await configuredPlaces(config, demo, options.homeFolder);
  const journal = await sqliteJournal({ ...config.journal, folder, clock, logger, watchForeignMs });
  let store: Store;
  try {
    store = await sqliteStore({
      ...config.store,
      folder,
      clock,
      logger,
      nature,
      preference: demo ? ['simulator'] : sourcePreference(config),
      watchForeignMs,
    });
  } catch (error) {
    await journal.close();
    throw error;
  }
  return {
    config,
    loaded,
    folder,
    nature,
    places,
    clock,
    logger,
    journal,
    store,
    async close() {
      await journal.close();
      await store.close();
    },
  };
}

function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new HarmattanError('HMT_FOLDER_READ_ONLY', { detail: `${folder} cannot be made: ${(cause as NodeJS.ErrnoException).code}.`, cause });
  }
}

/** The places file, or the replayed feed's own stations, or the thirteen of Senegal. */
async function configuredPlaces(config: Config, demo: boolean, homeFolder: string): Promise<readonly Place[]> {
  const shipped = join(homeFolder, 'regions', 'senegal.json');
  if (demo) return loadPlaces(shipped);
  if (config.places.file !== null) return loadPlaces(config.places.file);
  if (sourcePreference(config)[0] === 'replay') return replayPlaces(config.replay);
  return loadPlaces(shipped);
}
