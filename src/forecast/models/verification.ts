import { HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import {
  type EngineState,
  EXPERT_COUNT,
  HEAD,
  ISSUE_TERMS,
  ISSUES,
  KNOTS,
  KNOTS_H,
  OWN_TERMS,
  PENDING_AT,
  PENDING_FROM,
  PENDING_VALUES,
  UNSAID,
} from './engine-state.ts';
import { learnLoss } from './expert-weights.ts';
import { hourOf } from './knots.ts';
import { type Outlook, ownTerms } from './outlook.ts';
import { learnOwnCorrection } from './own-correction.ts';
import { learnError } from './own-errors.ts';
import type { Origin } from './reading-grid.ts';

/** Between two readings this far apart the temperature at a full lead is taken on the straight line between them. */
const WIDEST_STEP_MS = 90 * MINUTE_MS;
/** Share of a new error in its hour's mean. */
const BIAS_STEP = 0.01;
/** The smallest size of an error that is counted with, °C. */
const SMALLEST_SIZE_C = 0.05;

const hundredths = (value: number): number =>
  Number.isNaN(value) ? UNSAID : Math.max(UNSAID + 1, Math.min(32_767, Math.round(100 * value)));

/** Remembers what is forecast from an origin at each knot; a second call for the newest origin replaces it. */
export function rememberIssue(state: EngineState, origin: Origin, outlook: Outlook): void {
  const { head, issueAt, issueTerms, pending } = state;
  const again = head[HEAD.issuedAt] === origin.validAt;
  const number = (head[HEAD.issueCount] ?? 0) - (again ? 1 : 0);
  issueAt[number % ISSUES] = origin.validAt;
  issueTerms.set(outlook.originTerms, (number % ISSUES) * ISSUE_TERMS);
  for (let knot = 0; knot < KNOTS; knot++) {
    const lead = KNOTS_H[knot] ?? 1;
    const place = placeOf(knot, number);
    for (let expert = 0; expert < EXPERT_COUNT; expert++)
      pending[place + expert] = hundredths(outlook.said[lead * EXPERT_COUNT + expert] ?? Number.NaN);
    pending[place + EXPERT_COUNT] = hundredths(outlook.meanC[lead] ?? Number.NaN);
    pending[place + EXPERT_COUNT + 1] = hundredths(outlook.spreadC[lead] ?? Number.NaN);
  }
  head[HEAD.issuedAt] = origin.validAt;
  head[HEAD.issueCount] = number + 1;
}

const placeOf = (knot: number, number: number): number =>
  ((PENDING_FROM[knot] ?? 0) + (number % (PENDING_AT[knot] ?? 1))) * PENDING_VALUES;

/**
 * Holds the pending forecasts whose time has come between the reading before and this one against what was measured. Each
 * lead is verified when it is due, never sooner.
 */
export function verifyDue(state: EngineState, before: Origin, { validAt, temperatureC }: Origin): void {
  const { head, issueAt, nextIssue } = state;
  const issueCount = head[HEAD.issueCount] ?? 0;
  const isNear = validAt - before.validAt <= WIDEST_STEP_MS;
  for (let knot = 0; knot < KNOTS; knot++) {
    const leadMs = (KNOTS_H[knot] ?? 0) * HOUR_MS;
    let number = Math.max(nextIssue[knot] ?? 0, issueCount - (PENDING_AT[knot] ?? 0));
    for (; number < issueCount; number++) {
      const targetAt = (issueAt[number % ISSUES] ?? 0) + leadMs;
      if (targetAt > validAt) break;
      if (targetAt !== validAt && (!isNear || targetAt <= before.validAt)) continue;
      const part = (targetAt - before.validAt) / (validAt - before.validAt);
      verify(state, knot, number, targetAt, before.temperatureC + part * (temperatureC - before.temperatureC));
    }
    nextIssue[knot] = number;
  }
}

const terms = new Float64Array(OWN_TERMS);
const fromOrigin = new Float64Array(ISSUE_TERMS);

function verify(state: EngineState, knot: number, number: number, targetAt: Instant, measuredC: number): void {
  const { pending, issueTerms, issueAt, hourBias } = state;
  const place = placeOf(knot, number);
  const sizeC = Math.max(SMALLEST_SIZE_C, (pending[place + EXPERT_COUNT + 1] ?? 0) / 100);
  for (let expert = 0; expert < EXPERT_COUNT; expert++) {
    const value = pending[place + expert] ?? UNSAID;
    if (value !== UNSAID) learnLoss(state, knot, expert, Math.abs(measuredC - value / 100) / sizeC);
  }
  const hour = hourOf(targetAt);
  learnError(state, knot, hour, (measuredC - (pending[place + EXPERT_COUNT] ?? 0) / 100) / sizeC);
  const pooledC = (pending[place] ?? 0) / 100;
  const errorC = measuredC - pooledC;
  const cell = knot * 24 + hour;
  hourBias[cell] = (hourBias[cell] ?? 0) + BIAS_STEP * (errorC - (hourBias[cell] ?? 0));
  const slot = number % ISSUES;
  for (let term = 0; term < ISSUE_TERMS; term++) fromOrigin[term] = issueTerms[slot * ISSUE_TERMS + term] ?? 0;
  const origin = { validAt: issueAt[slot] ?? 0, temperatureC: (pending[place + PERSISTENCE] ?? 0) / 100 };
  ownTerms(origin, pooledC, KNOTS_H[knot] ?? 1, fromOrigin, terms);
  learnOwnCorrection(state, knot, terms, errorC);
}

/** Persistence among the experts: it says what the origin was. */
const PERSISTENCE = 3;
