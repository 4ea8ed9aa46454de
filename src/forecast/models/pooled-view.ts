import type { Instant } from '../../core/time.ts';
import type { Site } from '../forecaster.ts';
import { clockShift } from './clock-watch.ts';
import { COURSE_ORIGIN } from './day-tables.ts';
import { type EngineState, HEAD, ISSUE_TERMS } from './engine-state.ts';
import { featuresAt, LEADS } from './features.ts';
import { hourlyPast } from './hourly-past.ts';
import type { Prior } from './prior.ts';
import type { Origin } from './reading-grid.ts';
import { sunCourse } from './sun-course.ts';
import { usualCourse } from './usual-course.ts';

/** What the pooled model says from one origin, and what else is known there without anything learnt of errors. */
export interface PooledView {
  tier: number;
  /** By lead: expected change from the origin's temperature, and expected size of the error, °C. */
  readonly changeC: Float64Array;
  readonly spreadC: Float64Array;
  /** By hours after the origin: the last day, and the mean day of the week; NaN where they are not known. */
  readonly dayC: Float64Array;
  readonly weekC: Float64Array;
  /** By lead: what is usual at the place; NaN where that is not known. */
  readonly usualC: Float64Array;
  /** What the place's own correction looks at, but the hours. */
  readonly originTerms: Float64Array;
}

const view: PooledView = {
  tier: 0,
  changeC: new Float64Array(LEADS + 1),
  spreadC: new Float64Array(LEADS + 1),
  dayC: new Float64Array(24),
  weekC: new Float64Array(24),
  usualC: new Float64Array(LEADS + 1),
  originTerms: new Float64Array(ISSUE_TERMS),
};

/** Whose view it is. */
let seen: { readonly state: EngineState; readonly validAt: Instant; readonly pooled: boolean } | null = null;

/** A memory learns: what was seen before says nothing any more. */
export function forgetView(): void {
  seen = null;
}

/**
 * The view from an origin; `pooled` leaves out the place's own climate. Asked for the same origin again (a memory that
 * has learnt a reading is asked for its forecast next), it is not computed anew. Overwritten by the next call.
 */
export function pooledView(state: EngineState, prior: Prior, site: Site, origin: Origin, pooled: boolean): PooledView {
  if (seen?.state === state && seen.validAt === origin.validAt && seen.pooled === pooled) return view;
  const past = hourlyPast(state, origin);
  const sun = sunCourse(site, origin.validAt);
  const usual = state.head[HEAD.usualIsSolved] === 1 && !pooled ? usualCourse(state.usual, origin.validAt) : null;
  const features = featuresAt(site, past, sun, usual);
  const { tier, dayMean, weekMean, weekProfile } = features;
  view.tier = tier;
  prior.changes(features, past, tier, view.changeC);
  prior.spreads(site, features, tier, sun.dayMean, sun.hourAngle, view.spreadC);
  if (!pooled && clockShift(state) !== null) widenByAnHour(view);
  for (let hour = 0; hour < 24; hour++) {
    view.dayC[hour] = past[hour === 0 ? 0 : 24 - hour] ?? Number.NaN;
    view.weekC[hour] = tier >= WEEK_TIER ? (weekProfile[hour] ?? 0) : Number.NaN;
  }
  for (let lead = 1; lead <= LEADS; lead++)
    view.usualC[lead] = usual === null ? Number.NaN : (usual.course[COURSE_ORIGIN + lead] ?? 0);
  const y = origin.temperatureC;
  view.originTerms[0] = known((y - dayMean) / 5);
  view.originTerms[1] = known((dayMean - weekMean) / 5);
  view.originTerms[2] = 4 * (sun.dayMean - 0.25);
  view.originTerms[3] = known((y - (past[1] ?? Number.NaN)) / 2);
  seen = { state, validAt: origin.validAt, pooled };
  return view;
}

/** A clock that may be wrong by an hour: errors are larger by what an hour changes. */
function widenByAnHour({ changeC, spreadC }: PooledView): void {
  for (let lead = 1; lead <= LEADS; lead++) {
    const [before, after] = [lead === 1 ? 0 : (changeC[lead - 1] ?? 0), changeC[Math.min(LEADS, lead + 1)] ?? 0];
    spreadC[lead] = Math.hypot(spreadC[lead] ?? 0, (after - before) / 2);
  }
}

const WEEK_TIER = 3;
const known = (value: number) => (Number.isFinite(value) ? value : 0);
