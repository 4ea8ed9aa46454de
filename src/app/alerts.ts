import type { Instant } from '../core/time.ts';
import { dryRun } from '../watch/dry-run.ts';
import { type ToldAlert, toldBetween } from '../watch/history.ts';
import { type OriginalAlarm, originalRule } from '../watch/original-rule.ts';
import { keptState } from '../watch/watch-records.ts';
import { WATCH_FACT } from '../watch/watch-stage.ts';
import { timeZoneOf } from './channels.ts';
import type { Workplace } from './workplace.ts';

/** The past run through the rules that are configured now, beside what was told and what the original would have sent. */
export interface AlertsDryRun {
  readonly from: Instant;
  readonly to: Instant;
  readonly alerts: readonly ToldAlert[];
  readonly sent: readonly ToldAlert[];
  readonly original: readonly OriginalAlarm[];
  /** The oldest inputs that are kept; `null` where the watch has never run. */
  readonly signalsFrom: Instant | null;
}

/** By default all that is kept: until the watch's last evaluation. */
export async function alertsDryRun(
  workplace: Workplace,
  from: Instant | null,
  to: Instant | null,
): Promise<AlertsDryRun> {
  const { store, places, config } = workplace;
  const { documents, facts } = store;
  // The mark is set every few minutes; what was decided since then counts, too.
  const markedAt = (await facts.get<{ lastSuccessAt: Instant }>(WATCH_FACT))?.lastSuccessAt ?? 0;
  const lastAt = Math.max(markedAt, (await keptState(documents))?.value.state.at ?? 0);
  const until = Math.min(to ?? Number.MAX_SAFE_INTEGER, lastAt + 1);
  const options = config.watch;
  const run = await dryRun({
    documents,
    facts,
    places,
    options,
    timeZone: timeZoneOf(workplace),
    from: from ?? 0,
    to: until,
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
