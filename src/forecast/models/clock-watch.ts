import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import { type EngineState, HEAD, NO_READING } from './engine-state.ts';
import { cellOf, placeOf } from './reading-grid.ts';

/** What a sensor's clock may be found to be ahead by, hours. */
const SHIFTS_H = [-1, 1] as const;
/** Two readings this near to an hour apart are. */
const NEAR_MS = 5 * MINUTE_MS;
/** Hours of a place before its clock is watched: two weeks. */
const LEAST_HOURS = 14 * 24;
/** Share of a new day in what is usual at its hours. */
const STEP = 0.02;
/** The least variance of an hour's change, °C²; errors count as at most so many variances. */
const LEAST_VARIANCE = 0.02;
const MOST_VARIANCES = 25;
/** Log-likelihood ratio: most of one hour, and how much of it makes a clock suspect. */
const MOST_EVIDENCE = 2;
const ENOUGH_EVIDENCE = 12;
/** A clock that stays as it is for so long is right: the place's days are like that now. */
const BELIEVED_MS = 28 * DAY_MS;

/** How far ahead a place's clock seems to be, and since when that is known; `null` while it seems right. */
export interface ClockShift {
  readonly aheadHours: number;
  readonly foundAt: Instant;
}

export function clockShift({ head }: EngineState): ClockShift | null {
  const aheadHours = head[HEAD.clockAheadH] ?? 0;
  return aheadHours === 0 ? null : { aheadHours, foundAt: head[HEAD.clockFoundAt] ?? 0 };
}

/**
 * Holds how the temperature changed in the last hour against what is usual at that hour, and at the hours beside it. When
 * a cumulative sum (Page 1954) of the logarithms of how much likelier another hour is grows large, the clock is suspect:
 * until the same sum says that it is right again, or for four weeks.
 */
export function watchClock(state: EngineState, validAt: Instant, temperatureC: number): void {
  const change = temperatureC - hourBefore(state, validAt);
  if (Number.isNaN(change)) return;
  const { head, clockMean, clockVariance, clockEvidence } = state;
  const hour = cellOf(validAt) % 24;
  const seen = head[HEAD.clockHours] ?? 0;
  const ahead = head[HEAD.clockAheadH] ?? 0;
  head[HEAD.clockHours] = seen + 1;
  const mean = (of: number) => clockMean[(of + 24) % 24] ?? 0;
  const variance = clockVariance[hour] ?? 1;
  if (seen >= LEAST_HOURS)
    for (const [index, shift] of SHIFTS_H.entries()) {
      const other = ahead === 0 ? shift : 0;
      const likelier = ((change - mean(hour - ahead)) ** 2 - (change - mean(hour - other)) ** 2) / (2 * variance);
      const step = Math.max(-MOST_EVIDENCE, Math.min(MOST_EVIDENCE, likelier));
      const evidence = Math.max(0, (clockEvidence[index] ?? 0) + step);
      clockEvidence[index] = evidence;
      if (evidence < ENOUGH_EVIDENCE) continue;
      setClock(state, other, validAt);
      break;
    }
  if (ahead === 0) learnHour(state, hour, change - mean(hour), Math.max(STEP, 24 / (seen + 24)));
  else if (validAt - (head[HEAD.clockFoundAt] ?? 0) > BELIEVED_MS) {
    turn(clockMean, ahead);
    turn(clockVariance, ahead);
    setClock(state, 0, validAt);
  }
}

function setClock({ head, clockEvidence }: EngineState, aheadHours: number, at: Instant): void {
  head[HEAD.clockAheadH] = aheadHours;
  head[HEAD.clockFoundAt] = at;
  clockEvidence.fill(0);
}

function learnHour({ clockMean, clockVariance }: EngineState, hour: number, error: number, step: number): void {
  const variance = clockVariance[hour] ?? 1;
  clockMean[hour] = (clockMean[hour] ?? 0) + step * error;
  const square = Math.min(error ** 2, MOST_VARIANCES * variance);
  clockVariance[hour] = Math.max(LEAST_VARIANCE, variance + step * (square - variance));
}

/** What was usual at an hour is from now on usual so many hours later. */
function turn(values: Float32Array, hours: number): void {
  const before = values.slice();
  for (let hour = 0; hour < 24; hour++) values[hour] = before[(hour - hours + 24) % 24] ?? 0;
}

/** The reading an hour before; NaN where none is near. */
function hourBefore({ cellC, cellOffsetMs }: EngineState, validAt: Instant): number {
  const cell = cellOf(validAt);
  const place = placeOf(cell - 1);
  const offsetMs = cellOffsetMs[place] ?? NO_READING;
  const isNear = offsetMs !== NO_READING && Math.abs(offsetMs - (validAt - cell * HOUR_MS)) <= NEAR_MS;
  return isNear ? (cellC[place] ?? Number.NaN) : Number.NaN;
}
