import { HarmattanError } from '../core/errors.ts';
import type { Instant } from '../core/time.ts';
import type { Program } from '../serve/program.ts';
import { timeZoneOf } from '../text/format.ts';
import { type WatchOptions, watchOptions } from '../watch/config.ts';
import { type AlertsDryRun, dryRun } from '../watch/dry-run.ts';
import { toldBetween } from '../watch/history.ts';
import { originalRule } from '../watch/original-rule.ts';
import { keptState } from '../watch/watch-records.ts';
import { WATCH_FACT } from '../watch/watch-stage.ts';
import type { Workplace } from './workplace.ts';

export interface AlertsDryRunRequest {
  readonly from: Instant | null;
  readonly to: Instant | null;
  /** The rules to try; by default those that are configured. */
  readonly options?: WatchOptions;
  /** Evaluations at most. */
  readonly most?: number;
}

/** By default all that is kept: until the watch's last evaluation. */
export async function alertsDryRun(
  workplace: Workplace,
  { from, to, options = workplace.config.watch, ...bounds }: AlertsDryRunRequest,
): Promise<AlertsDryRun> {
  const { store, places } = workplace;
  const { documents, facts } = store;
  // The mark is set every few minutes; what was decided since then counts, too.
  const markedAt = (await facts.get<{ lastSuccessAt: Instant }>(WATCH_FACT))?.lastSuccessAt ?? 0;
  const lastAt = Math.max(markedAt, (await keptState(documents))?.value.state.at ?? 0);
  const until = Math.min(to ?? Number.MAX_SAFE_INTEGER, lastAt + 1);
  const run = await dryRun({
    documents,
    facts,
    places,
    options,
    timeZone: timeZoneOf(workplace.places),
    from: from ?? 0,
    to: until,
    ...bounds,
  });
  const since = Math.min(until, Math.max(from ?? 0, run.signalsFrom ?? until));
  return {
    from: since,
    to: until,
    alerts: run.alerts,
    sent: await toldBetween(documents, since, until),
    original: await originalRule(store, places, since, until),
    signalsFrom: run.signalsFrom,
  };
}

/** Bound on what a request may cost: a month of thirteen places is a third of it. */
const MOST_EVALUATIONS = 300_000;

/**
 * The same for whoever asks over HTTP, with options that differ from those in force.
 *
 * @throws HarmattanError HMT_HTTP_BAD_PARAMETER naming the option, HMT_WATCH_DRY_RUN_TOO_LONG
 */
export async function boundedDryRun(
  workplace: Workplace,
  { from, to, watch }: Parameters<Program['alertsDryRun']>[0],
): Promise<AlertsDryRun> {
  const { config, places } = workplace;
  const options = watchOptions.safeParse({ ...config.watch, ...watch });
  if (!options.success) {
    const [issue] = options.error.issues;
    const field = ['watch', ...(issue?.path ?? [])].join('.');
    throw new HarmattanError('HMT_HTTP_BAD_PARAMETER', { field, detail: issue?.message ?? '' });
  }
  const most = Math.ceil((MOST_EVALUATIONS * 13) / Math.max(13, places.length));
  return await alertsDryRun(workplace, { from, to, options: options.data, most });
}
