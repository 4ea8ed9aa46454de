import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import type { Store } from '../../store/store.ts';
import type { ObservationKind } from '../../weather/observation.ts';
import { LEVELS, type Prediction, THINNED_LEVELS } from '../../weather/prediction.ts';
import { type Scores, ScoresByLead } from './scores.ts';
import { VERIFY_TOLERANCE_MS, VerifyingReadings } from './verifying-readings.ts';

/** Verified skill of the forecasts of one place, frozen as they were issued. */
export interface ScorecardDocument {
  readonly placeId: string;
  readonly from: Instant;
  readonly to: Instant;
  /** The model whose issues are scored: that of the newest issue. */
  readonly model: string | null;
  /**
   * What the forecasts are held against: true observations where the place has any, otherwise analyses of a model, which
   * are not observations. `null` when nothing was verified.
   */
  readonly verifiedBy: ObservationKind | null;
  /** A reading at most this far from the forecast's instant verifies it. */
  readonly toleranceMinutes: number;
  /** Issues of that model in the span. */
  readonly issues: number;
  readonly overall: Scores;
  /** By hours from issue to valid time, rounded up: the lead of an issue of 12:45 for 13:00 counts as 1. */
  readonly byLead: readonly ({ readonly leadHours: number } & Scores)[];
}

export interface ScorecardInput {
  readonly store: Store;
  readonly placeId: string;
  /** Issue times `[from, to)`. */
  readonly from: Instant;
  readonly to: Instant;
}

/** The longest lead of any forecast, and what yesterday's hour needs before the first issue. */
const LONGEST_LEAD_MS = 4 * DAY_MS;

/**
 * Pairs every kept issue with the readings that came, and scores them by lead beside persistence and yesterday's same
 * hour on the same pairs. Nothing is filled in: a forecast hour without a reading is no pair.
 */
export async function scorecard({ store, placeId, from, to }: ScorecardInput): Promise<ScorecardDocument> {
  const newest = await store.predictions.newest(placeId, to - 1);
  const model = newest && newest.issuedAt >= from ? newest.model : null;
  const readings = await VerifyingReadings.of(store, placeId, from - LONGEST_LEAD_MS, to + LONGEST_LEAD_MS);
  const scores = { observation: new ScoresByLead(), analysis: new ScoresByLead() };
  let issues = 0;
  for await (const issue of store.predictions.issues(placeId, from, to)) {
    if (issue.model !== model) continue;
    issues++;
    for (const kind of ['observation', 'analysis'] as const) score(issue, readings, kind, scores[kind]);
  }
  const observed = scores.observation.overall().n > 0;
  const chosen = observed ? scores.observation : scores.analysis;
  const overall = chosen.overall();
  return {
    placeId,
    from,
    to,
    model,
    verifiedBy: observed ? 'observation' : overall.n > 0 ? 'analysis' : null,
    toleranceMinutes: VERIFY_TOLERANCE_MS / MINUTE_MS,
    issues,
    overall,
    byLead: chosen.byLead(),
  };
}

function score(issue: Prediction, readings: VerifyingReadings, kind: ObservationKind, scores: ScoresByLead): void {
  const { issuedAt, source, validAt, meanC, quantilesC, thinnedC } = issue;
  const levels = quantilesC ? LEVELS : THINNED_LEVELS;
  const persistenceC = readings.near(issuedAt, null, source);
  for (const [lead, at] of validAt.entries()) {
    const observedC = readings.near(at, kind);
    const mean = meanC[lead];
    if (observedC === null || mean === undefined || !Number.isFinite(mean)) continue;
    // The newest same hour of a past day that was known at the issue time.
    const sameHourAt = at - Math.ceil((at - issuedAt) / DAY_MS) * DAY_MS;
    scores.add(Math.ceil((at - issuedAt) / HOUR_MS), {
      meanC: mean,
      quantilesC: (quantilesC ?? thinnedC)?.[lead] ?? null,
      levels,
      observedC,
      persistenceC,
      yesterdayC: readings.near(sameHourAt, kind),
    });
  }
}
