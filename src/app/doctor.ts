import { statfsSync } from 'node:fs';
import type { LoadedConfig } from '../config/load.ts';
import { ERRORS, type ErrorCode, HarmattanError } from '../core/errors.ts';
import { systemClock, toRfc3339 } from '../core/time.ts';
import type { Transport } from '../core/transport.ts';
import { takenRoles } from '../folder/role-lock.ts';
import { fetchTransport } from '../poll/fetch.ts';
import type { Source } from '../poll/source.ts';
import { searchIndexOf } from './indexing.ts';
import { configuredSources } from './sources.ts';
import { commandContext } from './stages.ts';
import type { Workplace } from './workplace.ts';

/** One line of `doctor`. */
export interface Finding {
  readonly about: 'configuration' | 'folder' | 'disk' | 'clock' | 'process' | 'source' | 'index';
  readonly ok: boolean;
  readonly finding: string;
  readonly code: ErrorCode | string | null;
  readonly cure: string | null;
}

const LEAST_FREE_BYTES = 512 * 1024 * 1024;
/** A clock that is off by more than this spoils slots and staleness. */
const MOST_SKEW_MS = 30_000;

const good = (about: Finding['about'], finding: string): Finding => ({
  about,
  ok: true,
  finding,
  code: null,
  cure: null,
});
const bad = (about: Finding['about'], finding: string, code: string | null, cure: string): Finding => ({
  about,
  ok: false,
  finding,
  code,
  cure,
});

/** Looks at everything the program depends on, cheapest first. Changes nothing but the folder it makes. */
export async function* examine(
  loaded: LoadedConfig,
  open: () => Promise<Workplace>,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  yield good(
    'configuration',
    loaded.file
      ? `${loaded.file} is valid.`
      : 'There is no file; every setting has its default or comes from the environment.',
  );
  let workplace: Workplace;
  try {
    workplace = await open();
  } catch (error) {
    if (!(error instanceof HarmattanError)) throw error;
    yield bad('folder', error.message, error.code, error.cure);
    return;
  }
  yield good('folder', `${workplace.folder} holds ${workplace.store.nature} data and can be written.`);
  yield diskOf(workplace.folder);
  const running = takenRoles(workplace.folder, systemClock);
  yield good(
    'process',
    running.length === 0
      ? 'No process works on the folder.'
      : `Process ${running[0]?.holder?.pid ?? '?'} works on the folder (${running.map(({ role }) => role).join(', ')}).`,
  );
  let skewMs: number | null = null;
  const transport = watchingDate(fetchTransport(), (ms) => {
    skewMs = ms;
  });
  for (const source of await configuredSources(workplace.config, false))
    yield* sourceFindings(source, workplace, transport, signal);
  yield clockOf(skewMs);
  yield* indexFindings(workplace, signal);
}

async function* indexFindings(workplace: Workplace, signal: AbortSignal): AsyncGenerator<Finding> {
  const index = searchIndexOf(workplace);
  if (index === null) return;
  try {
    yield good('index', await index.describe(signal));
  } catch (error) {
    if (!(error instanceof HarmattanError)) throw error;
    yield bad('index', error.message, error.code, error.cure);
  }
}

function diskOf(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  const gigabytes = (freeBytes / 1e9).toFixed(1);
  if (freeBytes < LEAST_FREE_BYTES)
    return bad('disk', `Only ${gigabytes} GB are free.`, 'HMT_JOURNAL_FULL', ERRORS.HMT_JOURNAL_FULL.cure);
  return good('disk', `${gigabytes} GB are free.`);
}

function clockOf(skewMs: number | null): Finding {
  const now = `The machine's clock says ${toRfc3339(systemClock.now())}`;
  if (skewMs === null) return good('clock', `${now}; no provider said otherwise.`);
  if (Math.abs(skewMs) <= MOST_SKEW_MS) return good('clock', `${now}, as the provider's does.`);
  return bad(
    'clock',
    `${now}; the provider's differs by ${Math.round(skewMs / 1000)} s.`,
    null,
    'Set the clock, or let NTP do it.',
  );
}

async function* sourceFindings(
  source: Source,
  workplace: Workplace,
  transport: Transport,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  if (!source.probe) {
    yield good('source', `${source.id} needs nothing from outside.`);
    return;
  }
  try {
    for (const { ok, finding, code, cure } of await source.probe({ ...commandContext(workplace), transport, signal }))
      yield { about: 'source', ok, finding: `${source.id}: ${finding}`, code, cure };
  } catch (error) {
    if (!(error instanceof HarmattanError)) throw error;
    yield bad('source', `${source.id}: ${error.message}`, error.code, error.cure);
  }
}

/** Notes how far the provider's Date header is from our clock. */
const watchingDate =
  (transport: Transport, note: (skewMs: number) => void): Transport =>
  async (request) => {
    const reply = await transport(request);
    const theirs = Date.parse(reply.headers.date ?? '');
    if (!Number.isNaN(theirs)) note(systemClock.now() - theirs);
    return reply;
  };
