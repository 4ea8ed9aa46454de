import { EARLIEST_VALID_AT, type Instant, MINUTE_MS } from '../core/time.ts';
import type { JournalRecord } from '../journal/journal.ts';
import { type PollRecord, pollRecord } from '../journal/poll-record.ts';
import type { SlotEvent, SlotKey } from '../ledger/ledger.ts';
import type { QuarantineEntry } from '../store/store.ts';
import { parseRecord, type Refusal } from './parse.ts';
import { quarantineEntry } from './quarantine-entry.ts';

export interface PollDecodeOptions {
  readonly futureToleranceMs: number;
  readonly maxDepth: number;
  readonly quarantineBytes: number;
}

export interface KeyedSlotEvent {
  readonly key: SlotKey;
  readonly event: SlotEvent;
}

/** What one outcome of a poll means for the ledger and the quarantine. */
export interface DecodedPoll {
  readonly events: readonly KeyedSlotEvent[];
  readonly quarantined: readonly QuarantineEntry[];
}

/**
 * Makes the decoder of the `polls` topic: slots that were given up, and bodies that their source could not decode, which
 * go to quarantine with their bytes. Never throws.
 */
export function pollDecoder(options: PollDecodeOptions): (record: JournalRecord) => DecodedPoll {
  const refused = (record: JournalRecord, refusal: Refusal): DecodedPoll => ({
    events: [],
    quarantined: [quarantineEntry(record, 0, refusal, record.value, options.quarantineBytes)],
  });

  return (record) => {
    const parsed = parseRecord(record.value, options.maxDepth);
    if (!parsed.ok) return refused(record, parsed);
    const checked = pollRecord.safeParse(parsed.value);
    if (!checked.success) {
      const issue = checked.error.issues[0];
      return refused(record, { code: 'HMT_PROCESS_SHAPE', detail: `${issue?.path.join('.')}: ${issue?.message}.` });
    }
    const latestAt = record.appendedAt + options.futureToleranceMs;
    if (!slotsOf(checked.data).every((at) => isSlotTime(at, latestAt)))
      return refused(record, { code: 'HMT_PROCESS_TIME_INVALID', detail: 'It names a slot that cannot be.' });
    return outcomeOf(record, checked.data, options.quarantineBytes);
  };
}

const slotsOf = (poll: PollRecord): readonly Instant[] => [
  ...poll.missing.map(({ slotAt }) => slotAt),
  ...poll.undecodable.flatMap(({ slotAts }) => slotAts),
];

const isSlotTime = (at: Instant, latestAt: Instant) =>
  at >= EARLIEST_VALID_AT && at <= latestAt && at % MINUTE_MS === 0;

function outcomeOf(record: JournalRecord, poll: PollRecord, limitBytes: number): DecodedPoll {
  const events: KeyedSlotEvent[] = poll.missing.map(({ placeId, slotAt, reason, code }) => ({
    key: { placeId, slotAt },
    event: { kind: 'given-up', at: poll.finishedAt, reason, detail: code },
  }));
  const quarantined: QuarantineEntry[] = [];
  for (const [index, { placeIds, slotAts, code, detail, bodyBase64, bodyBytes }] of poll.undecodable.entries()) {
    const onlyPlaceId = placeIds.length === 1 ? (placeIds[0] ?? null) : null;
    const onlySlotAt = slotAts.length === 1 ? (slotAts[0] ?? null) : null;
    const entry = quarantineEntry(
      record,
      index,
      { code: 'HMT_POLL_UNDECODABLE', detail, placeId: onlyPlaceId, slotAt: onlySlotAt, source: poll.source },
      Buffer.from(bodyBase64, 'base64'),
      limitBytes,
    );
    quarantined.push({ ...entry, code, valueBytes: bodyBytes });
    for (const placeId of placeIds)
      for (const slotAt of slotAts)
        events.push({ key: { placeId, slotAt }, event: { kind: 'quarantined', at: poll.finishedAt, detail: code } });
  }
  return { events, quarantined };
}
