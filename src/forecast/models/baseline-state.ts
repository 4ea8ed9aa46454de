import { endianness } from 'node:os';
import type { Instant } from '../../core/time.ts';
import { PROFILE_VALUES } from './diurnal-profile.ts';

/** What a baseline memory consists of. */
export interface BaselineState {
  readonly firstAt: Instant | null;
  readonly trackedAt: Instant | null;
  readonly ring: Float64Array;
  readonly profile: Float64Array;
  readonly errors: Float64Array;
}

/** Layout version, the first value of every state. */
const LAYOUT = 1;
const HEAD_VALUES = 5;

/**
 * One array of little-endian doubles: layout, firstAt, trackedAt, number of ring values, number of error values, then
 * ring, profile, errors. Doubles go in and out unchanged, so that a restart goes on bit for bit.
 */
export function encodeState({ firstAt, trackedAt, ring, profile, errors }: BaselineState): Uint8Array {
  const all = Float64Array.from([
    LAYOUT,
    firstAt ?? Number.NaN,
    trackedAt ?? Number.NaN,
    ring.length,
    errors.length,
    ...ring,
    ...profile,
    ...errors,
  ]);
  const bytes = new Uint8Array(all.buffer);
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap64();
}

/** @throws Error when the bytes are not a state of this layout */
export function decodeState(bytes: Uint8Array): BaselineState {
  if (bytes.byteLength % 8 !== 0 || bytes.byteLength < 8 * (HEAD_VALUES + PROFILE_VALUES))
    throw new Error('These bytes are no state of baseline-1.');
  const copy = Buffer.from(bytes);
  if (endianness() !== 'LE') copy.swap64();
  const all = new Float64Array(copy.buffer.slice(copy.byteOffset, copy.byteOffset + copy.byteLength));
  const [layout, firstAt = Number.NaN, trackedAt = Number.NaN, ringValues = 0, errorValues = 0] = all;
  if (layout !== LAYOUT || all.length !== HEAD_VALUES + ringValues + PROFILE_VALUES + errorValues)
    throw new Error('These bytes are no state of baseline-1.');
  const ringEnd = HEAD_VALUES + ringValues;
  return {
    firstAt: Number.isNaN(firstAt) ? null : firstAt,
    trackedAt: Number.isNaN(trackedAt) ? null : trackedAt,
    ring: all.slice(HEAD_VALUES, ringEnd),
    profile: all.slice(ringEnd, ringEnd + PROFILE_VALUES),
    errors: all.slice(ringEnd + PROFILE_VALUES),
  };
}
