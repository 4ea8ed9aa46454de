import { endianness } from 'node:os';

/** Hourly cells that are remembered: 29 days. */
export const GRID_CELLS = 29 * 24;
/** Leads at which a memory checks its own forecasts, hours. */
export const LEADS_H: readonly number[] = [1, 2, 3, 6, 12, 18, 24, 36, 48];
/** Lead groups whose spread has an hourly course of its own: 1–6, 7–24 and 25–48 h. */
export const GROUPS = 3;
/** Own forecasts in waiting, at most one a clock hour: more than the longest lead. */
export const ISSUES = 64;
/** Quantile levels of every forecast. */
export const LEVEL_COUNT = 19;
/** Marks a grid cell without a reading; a true offset is at most half an hour. */
export const NO_READING = -(2 ** 31);

/** `HMB` and the version of the layout: the first number of every state. */
const LAYOUT = 0x48_4d_42_01;

/** The fields of `head`. Instants are −Infinity before there is one. */
export const HEAD = { layout: 0, newestAt: 1, newestC: 2, firstAt: 3, issueCount: 4, issuedAt: 5 } as const;

/**
 * All that a baseline memory remembers, as views over one block of bytes: what is saved is what is computed with, so
 * that a restart goes on bit for bit. About 9.5 KB. Numbers are little-endian in the saved bytes.
 */
export interface BaselineState {
  readonly bytes: Uint8Array;
  readonly head: Float64Array;
  /** Per pending issue (ring): its origin's time, and at each of `LEADS_H` what was forecast, °C. */
  readonly issueAt: Float64Array;
  readonly issueC: Float32Array;
  /** Per hourly cell (ring): the reading nearest to the full hour, °C, and its time after the full hour, ms. */
  readonly cellC: Float32Array;
  readonly cellOffsetMs: Int32Array;
  /** Per lead: number of the next issue to verify, and how many were verified. */
  readonly nextIssue: Uint32Array;
  readonly verified: Uint32Array;
  /** Per lead: running mean absolute error, °C. */
  readonly scaleC: Float32Array;
  /** Per lead and level: quantile of error / scale. */
  readonly quantile: Float32Array;
  /** Per lead group and hour of the target in UTC: absolute error / scale. */
  readonly hourRatio: Float32Array;
}

const HEAD_VALUES = 8;
const FLOAT64_VALUES = HEAD_VALUES + ISSUES;
const LEADS = LEADS_H.length;
const WORDS = ISSUES * LEADS + 2 * GRID_CELLS + 3 * LEADS + LEADS * LEVEL_COUNT + GROUPS * 24;

/** Length of every saved state, bytes. */
export const STATE_BYTES = 8 * FLOAT64_VALUES + 4 * WORDS;

/** A state that has seen nothing; its spread must still be filled in. */
export function emptyState(): BaselineState {
  const state = viewsOf(new ArrayBuffer(STATE_BYTES));
  state.head[HEAD.layout] = LAYOUT;
  for (const field of [HEAD.newestAt, HEAD.firstAt, HEAD.issuedAt]) state.head[field] = Number.NEGATIVE_INFINITY;
  state.cellOffsetMs.fill(NO_READING);
  return state;
}

/** @throws RangeError when the bytes are no state of this layout */
export function decodeState(bytes: Uint8Array): BaselineState {
  if (bytes.byteLength !== STATE_BYTES) throw new RangeError('These bytes are no state of baseline-1.');
  const copy = new ArrayBuffer(STATE_BYTES);
  new Uint8Array(copy).set(bytes);
  swapOnBigEndian(copy);
  const state = viewsOf(copy);
  if (state.head[HEAD.layout] !== LAYOUT) throw new RangeError('These bytes are no state of baseline-1.');
  return state;
}

export function encodeState(state: BaselineState): Uint8Array {
  const bytes = state.bytes.slice();
  swapOnBigEndian(bytes.buffer);
  return bytes;
}

function viewsOf(buffer: ArrayBuffer): BaselineState {
  let at = 0;
  const float64 = (count: number) => {
    at += 8 * count;
    return new Float64Array(buffer, at - 8 * count, count);
  };
  const float32 = (count: number) => {
    at += 4 * count;
    return new Float32Array(buffer, at - 4 * count, count);
  };
  const uint32 = (count: number) => {
    at += 4 * count;
    return new Uint32Array(buffer, at - 4 * count, count);
  };
  return {
    bytes: new Uint8Array(buffer),
    head: float64(HEAD_VALUES),
    issueAt: float64(ISSUES),
    issueC: float32(ISSUES * LEADS),
    cellC: float32(GRID_CELLS),
    cellOffsetMs: new Int32Array(buffer, uint32(GRID_CELLS).byteOffset, GRID_CELLS),
    nextIssue: uint32(LEADS),
    verified: uint32(LEADS),
    scaleC: float32(LEADS),
    quantile: float32(LEADS * LEVEL_COUNT),
    hourRatio: float32(GROUPS * 24),
  };
}

function swapOnBigEndian(buffer: ArrayBuffer): void {
  if (endianness() === 'LE') return;
  Buffer.from(buffer, 0, 8 * FLOAT64_VALUES).swap64();
  Buffer.from(buffer, 8 * FLOAT64_VALUES).swap32();
}
