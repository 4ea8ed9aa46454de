import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import { LEVELS } from '../../weather/prediction.ts';
import { BASELINE_PRIOR } from './baseline-prior.ts';
import { type BaselineState, HEAD, ISSUES, LEADS_H, LEVEL_COUNT } from './baseline-state.ts';

const LEADS = LEADS_H.length;
/** The lead group (1–6, 7–24, 25–48 h) of each lead. */
const GROUP_OF: readonly number[] = LEADS_H.map((leadH) => (leadH <= 6 ? 0 : leadH <= 24 ? 1 : 2));

/** Between two readings this far apart the temperature at a full lead is taken on the straight line between them. */
const WIDEST_STEP_MS = 90 * MINUTE_MS;
/** Verified forecasts of every lead before its own errors are believed: a week of hourly ones. */
const ENOUGH = 168;
/** Weight of the pooled scale, in verified forecasts, and the longest memory of the running scale. */
const PRIOR_ERRORS = 48;
const MOST_ERRORS = 1000;
/** Step of the tracked quantiles, in units of the scale. */
const QUANTILE_STEP = 0.004;
/** Share of a new error in its hour's ratio; errors beyond this many scales count as this many. */
const HOUR_STEP = 0.01;
const LARGEST_RATIO = 5;
const SMALLEST_HOUR_RATIO = 0.3;

/** Fills in the pooled spread, from which the place's own one starts. */
export function startSpread({ scaleC, quantile, hourRatio }: BaselineState): void {
  scaleC.set(BASELINE_PRIOR.scaleC.month);
  for (let lead = 0; lead < LEADS; lead++) quantile.set(BASELINE_PRIOR.shape.profile, lead * LEVEL_COUNT);
  hourRatio.fill(1);
}

/** Remembers what is forecast from `originAt` at each of `LEADS_H`, °C; a second call for the newest origin replaces it. */
export function rememberIssue({ head, issueAt, issueC }: BaselineState, originAt: Instant, meanC: readonly number[]) {
  const again = head[HEAD.issuedAt] === originAt;
  const number = (head[HEAD.issueCount] ?? 0) - (again ? 1 : 0);
  const slot = number % ISSUES;
  issueAt[slot] = originAt;
  issueC.set(meanC, slot * LEADS);
  head[HEAD.issuedAt] = originAt;
  head[HEAD.issueCount] = number + 1;
}

/**
 * Holds the pending forecasts whose time has come between the reading before (`beforeAt`) and this one against what was
 * measured. Each lead is verified when it is due, never sooner.
 */
export function verifyDue(
  state: BaselineState,
  before: { readonly validAt: Instant; readonly temperatureC: number },
  { validAt, temperatureC }: { readonly validAt: Instant; readonly temperatureC: number },
): void {
  const { head, issueAt, issueC, nextIssue } = state;
  const issueCount = head[HEAD.issueCount] ?? 0;
  const isNear = validAt - before.validAt <= WIDEST_STEP_MS;
  for (let lead = 0; lead < LEADS; lead++) {
    const leadMs = (LEADS_H[lead] ?? 0) * HOUR_MS;
    let number = Math.max(nextIssue[lead] ?? 0, issueCount - ISSUES);
    for (; number < issueCount; number++) {
      const targetAt = (issueAt[number % ISSUES] ?? 0) + leadMs;
      if (targetAt > validAt) break;
      if (targetAt !== validAt && (!isNear || targetAt <= before.validAt)) continue;
      const part = (targetAt - before.validAt) / (validAt - before.validAt);
      const measuredC = before.temperatureC + part * (temperatureC - before.temperatureC);
      learnError(state, lead, targetAt, measuredC - (issueC[(number % ISSUES) * LEADS + lead] ?? 0));
    }
    nextIssue[lead] = number;
  }
}

/**
 * One error of one lead: its quantile levels move by the gradient of the pinball loss in units of the expected size
 * (online conformal tracking, Gibbs & Candès 2021), so that each level is undercut as often as it says; then the expected
 * size moves.
 */
function learnError(state: BaselineState, lead: number, targetAt: Instant, errorC: number): void {
  const { scaleC, quantile, hourRatio, verified } = state;
  const hour = hourCell(lead, targetAt);
  const scale = scaleC[lead] ?? 1;
  const ratio = errorC / (scale * Math.max(SMALLEST_HOUR_RATIO, hourRatio[hour] ?? 1));
  const own = quantile.subarray(lead * LEVEL_COUNT, (lead + 1) * LEVEL_COUNT);
  for (let level = 0; level < LEVEL_COUNT; level++)
    own[level] = (own[level] ?? 0) + QUANTILE_STEP * ((LEVELS[level] ?? 0) - (ratio < (own[level] ?? 0) ? 1 : 0));
  own.sort();
  const size = Math.min(LARGEST_RATIO, Math.abs(errorC) / scale);
  hourRatio[hour] = (hourRatio[hour] ?? 1) + HOUR_STEP * (size - (hourRatio[hour] ?? 1));
  const count = Math.min(MOST_ERRORS, (verified[lead] ?? 0) + 1 + PRIOR_ERRORS);
  scaleC[lead] = Math.max(0.02, scale + (Math.abs(errorC) - scale) / count);
  verified[lead] = (verified[lead] ?? 0) + 1;
}

const hourCell = (lead: number, at: Instant): number =>
  (GROUP_OF[lead] ?? 0) * 24 + Math.floor((((at % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS);

/** Whether the place has enough verified errors of its own at every lead. */
export const isLocal = ({ verified }: BaselineState): boolean => verified.every((count) => count >= ENOUGH);

/** Which spread to use: the place's own, or a pooled one by how much history the forecast had. */
export type SpreadKind = 'local' | 'persistence' | 'day' | 'week' | 'month';

/** Two neighbouring leads and how far from the first to the second; `factor` for leads outside 1–48 h. */
export interface LeadPart {
  readonly lead: number;
  readonly part: number;
  readonly factor: number;
}

/** Where `hours` lies among `LEADS_H`. Errors grow like the root of the lead at first, and slowly after two days. */
export function leadPart(hours: number): LeadPart {
  if (hours <= 1) return { lead: 0, part: 0, factor: Math.sqrt(Math.max(hours, 0.1)) };
  for (let lead = 1; lead < LEADS; lead++) {
    const [from, to] = [LEADS_H[lead - 1] ?? 0, LEADS_H[lead] ?? 0];
    if (hours <= to) return { lead: lead - 1, part: (hours - from) / (to - from), factor: 1 };
  }
  return { lead: LEADS - 2, part: 1, factor: (hours / 48) ** 0.25 };
}

/** The 19 quantiles around `meanC` for a target `at` at the given lead, ascending. */
export function quantilesAround(state: BaselineState, kind: SpreadKind, meanC: number, at: Instant, where: LeadPart) {
  const { lead, part, factor } = where;
  const quantilesC = new Array<number>(LEVEL_COUNT);
  if (kind === 'local') {
    const { scaleC, quantile, hourRatio } = state;
    const near = factor * (1 - part) * (scaleC[lead] ?? 0) * hourFactor(hourRatio, lead, at);
    const far = factor * part * (scaleC[lead + 1] ?? 0) * hourFactor(hourRatio, lead + 1, at);
    const from = lead * LEVEL_COUNT;
    for (let level = 0; level < LEVEL_COUNT; level++)
      quantilesC[level] =
        meanC + near * (quantile[from + level] ?? 0) + far * (quantile[from + LEVEL_COUNT + level] ?? 0);
    return quantilesC;
  }
  const scales = BASELINE_PRIOR.scaleC[kind];
  const shape = BASELINE_PRIOR.shape[kind === 'persistence' ? 'persistence' : 'profile'];
  const scale = factor * ((1 - part) * (scales[lead] ?? 0) + part * (scales[lead + 1] ?? 0));
  for (let level = 0; level < LEVEL_COUNT; level++) quantilesC[level] = meanC + scale * (shape[level] ?? 0);
  return quantilesC;
}

const hourFactor = (hourRatio: Float32Array, lead: number, at: Instant): number =>
  Math.max(SMALLEST_HOUR_RATIO, hourRatio[hourCell(lead, at)] ?? 1);
