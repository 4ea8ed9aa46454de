import type { Scrubber } from '../../core/scrub.ts';
import { EARLIEST_VALID_AT, type Instant, MINUTE_MS } from '../../core/time.ts';
import type { SourceContext } from '../source.ts';
import { membersOf, numberIn, parseBody } from '../undecodable.ts';

/** The newest run of a model that the provider serves. */
export interface ModelRun {
  /** The run's own time. */
  readonly initialisedAt: Instant;
  /** When the provider had it. */
  readonly availableAt: Instant;
  readonly updateEveryMs: number;
}

/** The provider's servers agree on a new run only after this long, as its documentation says. */
const SETTLE_MS = 10 * MINUTE_MS;

/** Models whose metadata lies under another name than the model's own. */
const RENAMED: Readonly<Record<string, string>> = {
  gfs_global: 'ncep_gfs013',
  gfs013: 'ncep_gfs013',
  gfs025: 'ncep_gfs025',
  gfs_hrrr: 'ncep_hrrr_conus',
  icon_global: 'dwd_icon',
  dwd_icon_global: 'dwd_icon',
  icon_eu: 'dwd_icon_eu',
  icon_d2: 'dwd_icon_d2',
  meteofrance_arpege_world: 'meteofrance_arpege_world025',
  arpege_world: 'meteofrance_arpege_world025',
  arpege_europe: 'meteofrance_arpege_europe',
  meteofrance_arome_france: 'meteofrance_arome_france0025',
  arome_france: 'meteofrance_arome_france0025',
  arome_france_hd: 'meteofrance_arome_france_hd',
  metno_nordic: 'metno_nordic_pp',
};

/** Blends of several models, which have no one run. */
const BLEND = /^best_match$|_seamless$|_mix$/;

/** The folder of a model's metadata; `null` for a blend. */
export const metadataFolder = (model: string): string | null => (BLEND.test(model) ? null : (RENAMED[model] ?? model));

/**
 * Reads one metadata file; `null` when it does not hold the three facts.
 *
 * @throws UndecodableError when it is not JSON
 */
export function decodeModelRun(body: Uint8Array, scrubber: Scrubber): ModelRun | null {
  const members = membersOf(parseBody(body, scrubber));
  const instantIn = (name: string) => {
    const seconds = numberIn(members?.[name]);
    return seconds === null || seconds * 1000 < EARLIEST_VALID_AT ? null : Math.round(seconds) * 1000;
  };
  const initialisedAt = instantIn('last_run_initialisation_time');
  const availableAt = instantIn('last_run_availability_time') ?? instantIn('last_run_modification_time');
  const everySeconds = numberIn(members?.update_interval_seconds);
  if (initialisedAt === null || availableAt === null || everySeconds === null || everySeconds <= 0) return null;
  return { initialisedAt, availableAt, updateEveryMs: everySeconds * 1000 };
}

/**
 * Whether a slot is answered from a run that should have been replaced twice by then. Counted from when the run could
 * be had, not from its own time: some models need longer than an update interval to compute, every time.
 */
export const isRunStale = (run: ModelRun, slotAt: Instant): boolean => slotAt - run.availableAt > 2 * run.updateEveryMs;

interface Known {
  readonly run: ModelRun | null;
  readonly readAt: Instant;
  readonly readAgainAt: Instant;
}

/**
 * What is known of the runs of named models. Reading metadata costs no quota; each file is read again when its next run
 * should be there, and then every ten minutes until it is. A file that cannot be read never fails a call: what was
 * known stays.
 */
export function modelRuns(
  urlOf: (folder: string) => string,
  headers: Readonly<Record<string, string>>,
  scrubber: Scrubber,
) {
  const known = new Map<string, Known>();

  const read = async (folder: string, context: SourceContext): Promise<ModelRun | null> => {
    try {
      const { transport, signal } = context;
      const reply = await transport({ url: urlOf(folder), headers, timeoutMs: 10_000, maxBytes: 1024 * 1024, signal });
      if (reply.status !== 200) return null;
      return decodeModelRun(reply.body, scrubber);
    } catch (error) {
      context.logger.debug('The run time of a model could not be read.', {
        folder,
        error: error instanceof Error ? scrubber.text(error.message) : 'unknown',
      });
      return null;
    }
  };

  return {
    /** The run that `model` answers from at present; `null` for a blend and while nothing is known. */
    async newest(model: string, context: SourceContext): Promise<ModelRun | null> {
      const folder = metadataFolder(model);
      if (folder === null) return null;
      const before = known.get(folder);
      const now = context.clock.now();
      if (before && now >= before.readAt && now < before.readAgainAt) return before.run;
      const found = await read(folder, context);
      const unsettled = found !== null && now - found.availableAt < SETTLE_MS;
      const run = found === null || (unsettled && before?.run) ? (before?.run ?? null) : found;
      const dueAt = found === null ? 0 : found.availableAt + (unsettled ? 0 : found.updateEveryMs) + SETTLE_MS;
      known.set(folder, { run, readAt: now, readAgainAt: Math.max(dueAt, now + (unsettled ? MINUTE_MS : SETTLE_MS)) });
      return run;
    },
  };
}
