import { endianness } from 'node:os';
import { USUAL_SUMS, USUAL_TERMS } from './usual-course.ts';

/** Hourly cells that are remembered: 30 days. */
export const GRID_CELLS = 30 * 24;
/** Marks a grid cell without a reading; a true offset is at most half an hour. */
export const NO_READING = -(2 ** 31);
/** Leads at which a memory checks its own forecasts, hours; what it learns there holds for the leads between. */
export const KNOTS_H: readonly number[] = [1, 2, 3, 4, 6, 8, 10, 12, 15, 18, 21, 24, 30, 36, 42, 48];
export const KNOTS = KNOTS_H.length;
/** Lead groups whose spread has an hourly course of its own: 1–6, 7–24 and 25–48 h. */
export const GROUPS = 3;
/** Own forecasts in waiting, at most one a clock hour: more than the longest lead. */
export const ISSUES = 64;
/** Providers whose forecasts are listened to at a time, and hours of each that are remembered. */
export const PROVIDERS = 2;
export const PROVIDER_HOURS = 72;

/** Spans of doubted readings that are remembered. */
export const DOUBTS = 64;

/** Whose forecasts are weighed. */
export const EXPERTS = [
  'pooled',
  'hour',
  'adapted',
  'persistence',
  'yesterday',
  'week',
  'usual',
  'provider',
  'provider2',
] as const;
export const EXPERT_COUNT = EXPERTS.length;
export const FIRST_PROVIDER = EXPERTS.indexOf('provider');

/** Terms of the place's own correction. */
export const OWN_TERMS = 10;
export const OWN_TRIANGLE = (OWN_TERMS * (OWN_TERMS + 1)) / 2;

/** What waits for its hour at a knot: each expert's forecast, the weighted mean, and the expected size of its error. */
export const PENDING_VALUES = EXPERT_COUNT + 2;
/** Forecasts that wait at each knot: one for every hour of the lead, and two. */
export const PENDING_AT: readonly number[] = KNOTS_H.map((lead) => lead + 2);
export const PENDING_FROM: readonly number[] = PENDING_AT.map((_, knot) =>
  PENDING_AT.slice(0, knot).reduce((sum, count) => sum + count, 0),
);
const PENDING = PENDING_AT.reduce((sum, count) => sum + count, 0);
/** Marks a value that an expert could not say. */
export const UNSAID = -(2 ** 15);

/** Of an issue that waits: what the place's own correction looked at, beside the hour. */
export const ISSUE_TERMS = 4;
export const LEVEL_COUNT = 19;

/** `HME` and the version of the layout: the first number of every state. */
const LAYOUT = 0x48_4d_45_03;

/** The fields of `head`. Instants are −Infinity before there is one. */
export const HEAD = {
  layout: 0,
  newestAt: 1,
  newestC: 2,
  firstAt: 3,
  issueCount: 4,
  issuedAt: 5,
  /** 1 once what is usual at the place is solved, and when it was. */
  usualIsSolved: 6,
  usualSolvedAt: 7,
  /** Since when the newest reading's value is the same. */
  sameSinceAt: 8,
  /** How many spans of doubted readings there were. */
  doubts: 9,
  /** How far ahead the sensor's clock seems to be, hours (0: it seems right), when that was found, and hours watched. */
  clockAheadH: 10,
  clockFoundAt: 11,
  clockHours: 12,
} as const;

/**
 * All that a memory remembers, as views over one block of bytes: what is saved is what is computed with, so that a
 * restart goes on bit for bit. Numbers are little-endian in the saved bytes.
 */
export interface EngineState {
  readonly bytes: Uint8Array;
  readonly head: Float64Array;
  /** Per pending issue (ring): its origin's time. */
  readonly issueAt: Float64Array;
  /** Sums from which what is usual at the place is solved. */
  readonly usualSums: Float64Array;
  /** Per provider: when its forecast was issued and the first hour it is for. */
  readonly providerIssuedAt: Float64Array;
  readonly providerFrom: Float64Array;
  /** Doubted readings (ring): spans [from, to] of one value, °C. */
  readonly doubtFrom: Float64Array;
  readonly doubtTo: Float64Array;
  readonly doubtC: Float32Array;
  /** Per hour of the day in UTC: how the temperature usually changes up to it, °C, and the square of how far it is off. */
  readonly clockMean: Float32Array;
  readonly clockVariance: Float32Array;
  /** That the clock is behind, and that it is ahead. */
  readonly clockEvidence: Float32Array;
  /** Per hourly cell (ring): the reading nearest to the full hour, °C, and its time after the full hour, ms. */
  readonly cellC: Float32Array;
  readonly cellOffsetMs: Int32Array;
  readonly usual: Float32Array;
  readonly issueTerms: Float32Array;
  /** Per knot: number of the next issue to verify, and how many were verified. */
  readonly nextIssue: Uint32Array;
  readonly verified: Uint32Array;
  /** Per knot and expert: running mean of |error| / expected size. */
  readonly loss: Float32Array;
  /** Per knot and hour of the target in UTC: running mean error of the pooled forecast, °C. */
  readonly hourBias: Float32Array;
  /** Per knot: running mean of |error| / expected size, and quantiles of error / (expected size · that). */
  readonly sizeRatio: Float32Array;
  readonly quantile: Float32Array;
  /** Per lead group and hour of the target in UTC: |error| / expected size. */
  readonly hourRatio: Float32Array;
  /** Per knot: the place's own correction, and its uncertainty as a packed triangle. */
  readonly own: Float32Array;
  readonly ownSpread: Float32Array;
  /** Per provider: a hash of its name (0: none), and its running mean error by hour of the day in UTC, °C. */
  readonly providerName: Uint32Array;
  readonly providerBias: Float32Array;
  /** Hundredths of a degree. */
  readonly pending: Int16Array;
  readonly providerC: Int16Array;
}

const HEAD_VALUES = 16;
const PARTS = [
  ['head', 8, HEAD_VALUES],
  ['issueAt', 8, ISSUES],
  ['usualSums', 8, USUAL_SUMS],
  ['providerIssuedAt', 8, PROVIDERS],
  ['providerFrom', 8, PROVIDERS],
  ['doubtFrom', 8, DOUBTS],
  ['doubtTo', 8, DOUBTS],
  ['doubtC', 4, DOUBTS],
  ['clockMean', 4, 24],
  ['clockVariance', 4, 24],
  ['clockEvidence', 4, 2],
  ['cellC', 4, GRID_CELLS],
  ['cellOffsetMs', 4, GRID_CELLS],
  ['usual', 4, USUAL_TERMS],
  ['issueTerms', 4, ISSUES * ISSUE_TERMS],
  ['nextIssue', 4, KNOTS],
  ['verified', 4, KNOTS],
  ['loss', 4, KNOTS * EXPERT_COUNT],
  ['hourBias', 4, KNOTS * 24],
  ['sizeRatio', 4, KNOTS],
  ['quantile', 4, KNOTS * LEVEL_COUNT],
  ['hourRatio', 4, GROUPS * 24],
  ['own', 4, KNOTS * OWN_TERMS],
  ['ownSpread', 4, KNOTS * OWN_TRIANGLE],
  ['providerName', 4, PROVIDERS],
  ['providerBias', 4, PROVIDERS * 24],
  ['pending', 2, PENDING * PENDING_VALUES],
  ['providerC', 2, PROVIDERS * PROVIDER_HOURS],
] as const;
type PartName = (typeof PARTS)[number][0];

const offsets = new Map<PartName, readonly [at: number, count: number]>();
let end = 0;
for (const [name, width, count] of PARTS) {
  offsets.set(name, [end, count]);
  end += width * count;
}
/** Length of every saved state, bytes. */
export const STATE_BYTES = Math.ceil(end / 8) * 8;

/** A state that has seen nothing; its beliefs must still be filled in. */
export function emptyState(): EngineState {
  const state = viewsOf(new ArrayBuffer(STATE_BYTES));
  state.head[HEAD.layout] = LAYOUT;
  for (const field of [HEAD.newestAt, HEAD.firstAt, HEAD.issuedAt, HEAD.usualSolvedAt, HEAD.sameSinceAt])
    state.head[field] = Number.NEGATIVE_INFINITY;
  state.cellOffsetMs.fill(NO_READING);
  state.doubtC.fill(Number.NaN);
  state.clockVariance.fill(1);
  state.pending.fill(UNSAID);
  state.providerC.fill(UNSAID);
  state.providerIssuedAt.fill(Number.NEGATIVE_INFINITY);
  return state;
}

/** @throws RangeError when the bytes are no state of this layout */
export function decodeState(bytes: Uint8Array): EngineState {
  if (bytes.byteLength !== STATE_BYTES) throw new RangeError('These bytes are no state of this model.');
  const copy = new ArrayBuffer(STATE_BYTES);
  new Uint8Array(copy).set(bytes);
  swapOnBigEndian(copy);
  const state = viewsOf(copy);
  if (state.head[HEAD.layout] !== LAYOUT) throw new RangeError('These bytes are no state of this model.');
  return state;
}

export function encodeState(state: EngineState): Uint8Array {
  const bytes = state.bytes.slice();
  swapOnBigEndian(bytes.buffer);
  return bytes;
}

function viewsOf(buffer: ArrayBuffer): EngineState {
  const place = (name: PartName) => [buffer, ...(offsets.get(name) ?? [0, 0])] as const;
  return {
    bytes: new Uint8Array(buffer),
    head: new Float64Array(...place('head')),
    issueAt: new Float64Array(...place('issueAt')),
    usualSums: new Float64Array(...place('usualSums')),
    providerIssuedAt: new Float64Array(...place('providerIssuedAt')),
    providerFrom: new Float64Array(...place('providerFrom')),
    doubtFrom: new Float64Array(...place('doubtFrom')),
    doubtTo: new Float64Array(...place('doubtTo')),
    doubtC: new Float32Array(...place('doubtC')),
    clockMean: new Float32Array(...place('clockMean')),
    clockVariance: new Float32Array(...place('clockVariance')),
    clockEvidence: new Float32Array(...place('clockEvidence')),
    cellC: new Float32Array(...place('cellC')),
    cellOffsetMs: new Int32Array(...place('cellOffsetMs')),
    usual: new Float32Array(...place('usual')),
    issueTerms: new Float32Array(...place('issueTerms')),
    nextIssue: new Uint32Array(...place('nextIssue')),
    verified: new Uint32Array(...place('verified')),
    loss: new Float32Array(...place('loss')),
    hourBias: new Float32Array(...place('hourBias')),
    sizeRatio: new Float32Array(...place('sizeRatio')),
    quantile: new Float32Array(...place('quantile')),
    hourRatio: new Float32Array(...place('hourRatio')),
    own: new Float32Array(...place('own')),
    ownSpread: new Float32Array(...place('ownSpread')),
    providerName: new Uint32Array(...place('providerName')),
    providerBias: new Float32Array(...place('providerBias')),
    pending: new Int16Array(...place('pending')),
    providerC: new Int16Array(...place('providerC')),
  };
}

function swapOnBigEndian(buffer: ArrayBuffer): void {
  if (endianness() === 'LE') return;
  for (const [name, width, count] of PARTS) {
    const part = Buffer.from(buffer, offsets.get(name)?.[0] ?? 0, width * count);
    if (width === 8) part.swap64();
    else if (width === 4) part.swap32();
    else part.swap16();
  }
}
