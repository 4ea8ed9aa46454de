import type { HarmattanError } from '../core/errors.ts';
import type { Instant } from '../core/time.ts';
import type { PollRecord } from '../journal/poll-record.ts';
import type { UndecodableBody } from './source.ts';

/** A slot that nobody will ask for again by plan. */
export type MissingSlot = PollRecord['missing'][number];

type Undecodable = PollRecord['undecodable'][number];

/** The record of a body that its source could not decode; `null` for any other error. */
export function undecodableOf(
  error: HarmattanError,
  placeIds: readonly string[],
  slotAts: readonly Instant[],
): Undecodable | null {
  const body = bodyOf(error) ?? bodyOf(error.cause);
  if (error.code !== 'HMT_POLL_UNDECODABLE' || body === null) return null;
  return {
    placeIds: [...placeIds],
    slotAts: [...slotAts],
    code: error.code,
    detail: error.detail ?? error.message,
    bodyBase64: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64'),
    bodyBytes: body.byteLength,
  };
}

function bodyOf(value: unknown): Uint8Array | null {
  if (typeof value !== 'object' || value === null) return null;
  const { body } = value as Partial<UndecodableBody>;
  return body instanceof Uint8Array ? body : null;
}

/** What one source did in one round or one backfill. */
export interface SourceOutcome {
  readonly source: string;
  readonly calls: number;
  readonly cost: number;
  readonly readings: number;
  readonly undecodable: readonly Undecodable[];
}

/** Missing slots that fit into one record without making it unwieldy. */
const MISSING_PER_RECORD = 2_000;

/** The `polls` records of one round: one per source that was called, the missing slots with the first. */
export function pollRecords(
  outcomes: readonly SourceOutcome[],
  missing: readonly MissingSlot[],
  when: { slotAt: Instant; startedAt: Instant; finishedAt: Instant; backfill: boolean },
): readonly PollRecord[] {
  const told = outcomes.filter((outcome, index) => outcome.calls > 0 || (index === 0 && missing.length > 0));
  const records: PollRecord[] = told.map((outcome, index) => ({
    ...outcome,
    ...when,
    missing: index === 0 ? missing.slice(0, MISSING_PER_RECORD) : [],
    undecodable: [...outcome.undecodable],
  }));
  const first = told[0];
  for (let from = MISSING_PER_RECORD; first && from < missing.length; from += MISSING_PER_RECORD) {
    const rest = missing.slice(from, from + MISSING_PER_RECORD);
    records.push({ ...first, ...when, calls: 0, cost: 0, readings: 0, undecodable: [], missing: rest });
  }
  return records;
}
