import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, sourcePreference } from '../config/config.ts';
import type { LoadedConfig } from '../config/load.ts';
import { HarmattanError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { Clock } from '../core/time.ts';
import type { Journal } from '../journal/journal.ts';
import { replayPlaces } from '../poll/replay/replay-places.ts';
import { PLAN_FACT, type PlanFact } from '../poll/standing.ts';
import type { Store } from '../store/store.ts';
import { OPERATOR_SOURCE } from '../weather/observation.ts';
import { loadPlaces, type Place } from '../weather/place.ts';
import { type OpenJournalInput, openJournal } from './open-journal.ts';
import { type OpenStoreInput, openStore } from './open-store.ts';

/** The demo's folder lies beside the live one: simulated rows never enter it. */
export const demoFolder = (data: string): string => `${data}-demo`;

/** A data folder, opened: what every command works on. */
export interface Workplace {
  readonly config: Config;
  readonly folder: string;
  /** The demo: the simulator alone, whatever is configured. */
  readonly demo: boolean;
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
  readonly demo: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the shipped places lie. */
  readonly homeFolder: string;
  /**
   * `configured`: the folder is opened to be written by what is configured, and refused when it holds the other kind of
   * data. `found`: it is taken as it is, with the kind and the preference of sources that its last run wrote down.
   */
  readonly as: 'configured' | 'found';
  /** How often to look for what other processes wrote while waiting, ms; `null` on a manual clock. */
  readonly watchForeignMs?: number | null;
  readonly places?: readonly Place[];
  /** The whole run is a simulation, whatever its sources are called: its rows never enter a live folder. */
  readonly simulated?: boolean;
  /** False: nothing waits for the disk: for a simulated past. Default true. */
  readonly fsync?: boolean;
  /** True: nobody else opens the folder meanwhile, so that its locks are taken once and not at every look. Default false. */
  readonly alone?: boolean;
  /** Opens another journal than the configured one. */
  readonly openJournal?: (input: OpenJournalInput) => Promise<Journal>;
  /** Opens another store than the configured one. */
  readonly openStore?: (input: OpenStoreInput) => Promise<Store>;
}

const WATCH_FOREIGN_MS = 150;

/**
 * Opens (and makes, where it is new) the folder's journal and store. Picks the adapters, with `open-journal.ts` and
 * `sources.ts`.
 *
 * @throws HarmattanError HMT_FOLDER_*, HMT_JOURNAL_*, HMT_STORE_*, HMT_PLACES_*
 */
export async function openWorkplace(options: OpenOptions): Promise<Workplace> {
  const { loaded, clock, logger, demo } = options;
  const { config } = loaded;
  const folder = demo ? demoFolder(config.data) : config.data;
  makeFolder(folder);
  const watchForeignMs = options.watchForeignMs === undefined ? WATCH_FOREIGN_MS : options.watchForeignMs;
  const embedded = demo || (options.simulated ?? false);
  const { fsync = true, alone = false, openJournal: open = openJournal } = options;
  const journal = await open({ config, folder, clock, logger, watchForeignMs, fsync, alone, embedded });
  let store: Store | null = null;
  try {
    // Rows are written once the places are known, and they may be known only to the store.
    const known = new Map<string, Place>();
    store = await openAs(options, folder, watchForeignMs, (placeId) => known.get(placeId) ?? null);
    const places = options.places ?? (await placesOf(options, store));
    for (const place of places) known.set(place.id, place);
    const opened = store;
    const close = async () => {
      await journal.close();
      await opened.close();
    };
    return { config, loaded, folder, demo, places, clock, logger, journal, store, close };
  } catch (error) {
    await journal.close();
    await store?.close();
    throw error;
  }
}

/** Opens the store for what is configured, or for what its last run wrote down. */
async function openAs(
  options: OpenOptions,
  folder: string,
  watchForeignMs: number | null,
  placeOf: (placeId: string) => Place | null,
): Promise<Store> {
  const { loaded, clock, logger, demo, as, fsync = true, alone = false, simulated = false } = options;
  const { config } = loaded;
  const preference = demo ? (['simulator'] as const) : sourcePreference(config);
  const nature = simulated || preference.includes('simulator') ? 'simulated' : 'live';
  const open = (kind: Store['nature'], order: readonly string[]) =>
    (options.openStore ?? openStore)({
      config,
      folder,
      clock,
      logger,
      nature: kind,
      preference: [OPERATOR_SOURCE, ...order],
      watchForeignMs,
      fsync,
      alone,
      embedded: demo || simulated,
      placeOf,
    });
  if (as === 'configured') return open(nature, preference);
  let found: Store;
  try {
    found = await open(nature, preference);
  } catch (error) {
    if (!(error instanceof HarmattanError && error.code === 'HMT_FOLDER_MIXED')) throw error;
    found = await open(nature === 'live' ? 'simulated' : 'live', preference);
  }
  const plan = await found.facts.get<PlanFact>(PLAN_FACT);
  if (!plan || plan.sources.length === 0 || plan.sources.join() === preference.join()) return found;
  await found.close();
  return open(found.nature, plan.sources);
}

function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new HarmattanError('HMT_FOLDER_READ_ONLY', {
      detail: `${folder} cannot be made: ${(cause as NodeJS.ErrnoException).code}.`,
      cause,
    });
  }
}

/** The fact that holds the places of the folder's last run: what a later command takes it to be about. */
const PLACES_FACT = 'plan/places';

/** Writes down which places this run is about. */
export async function notePlaces({ store, places }: Workplace): Promise<void> {
  const noted = await store.facts.get<readonly Place[]>(PLACES_FACT);
  if (JSON.stringify(noted) !== JSON.stringify(places)) await store.facts.set(PLACES_FACT, places);
}

/** The places of the store's last run; `null` when it never ran. */
export const notedPlaces = (store: Store): Promise<readonly Place[] | null> =>
  store.facts.get<readonly Place[]>(PLACES_FACT);

/** A folder that is taken as it is found has the places of its last run, unless a places file is named. */
async function placesOf({ loaded, demo, homeFolder, as }: OpenOptions, store: Store): Promise<readonly Place[]> {
  const noted = as === 'found' && loaded.config.places.file === null ? await notedPlaces(store) : null;
  return noted ?? configuredPlaces(loaded.config, demo, homeFolder);
}

/** The places file, or the replayed feed's own stations, or the thirteen of Senegal. */
export async function configuredPlaces(config: Config, demo: boolean, homeFolder: string): Promise<readonly Place[]> {
  const shipped = join(homeFolder, 'regions', 'senegal.json');
  if (demo) return loadPlaces(shipped);
  const named = config.places.file === null ? null : loadPlaces(config.places.file);
  if (sourcePreference(config)[0] === 'replay') return replayPlaces(config.replay, named ?? loadPlaces(shipped));
  return named ?? loadPlaces(shipped);
}
