import type { Delivery, JournalRecord } from '../journal/journal.ts';
import type { Arrival, QuarantineEntry } from '../store/store.ts';
import type { QuantityFlag } from '../weather/observation.ts';
import type { ProviderForecast } from '../weather/prediction.ts';
import type { DecodedPoll } from './decode-poll.ts';
import type { Decoders } from './decoders.ts';
import { quarantineEntry } from './quarantine-entry.ts';
import type { DecodedReading } from './read-record.ts';
import { SlotEvents } from './slot-events.ts';

/** All that the records of one delivery held, in their order, before the ledger and the series have been asked. */
export class Batch {
  readonly readings: DecodedReading[] = [];
  readonly slotEvents = new SlotEvents();
  readonly quarantined: QuarantineEntry[] = [];
  readonly providerForecasts: ProviderForecast[] = [];

  addReading(reading: DecodedReading): void {
    this.readings.push(reading);
    const { placeId, slotAt, receivedAt, validAt, source } = reading.arrival.observation;
    if (slotAt === null) return;
    const { stale, backfill } = reading;
    this.slotEvents.add(placeId, slotAt, { kind: 'reading', at: receivedAt, fresh: !stale, backfill, validAt, source });
  }

  /** A refused item whose place and slot are known is that slot's answer, unless a good one comes. */
  addRefused(entry: QuarantineEntry): void {
    this.quarantined.push(entry);
    const { placeId, slotAt, receivedAt, code } = entry;
    if (placeId === null || slotAt === null) return;
    this.slotEvents.add(placeId, slotAt, { kind: 'quarantined', at: receivedAt, detail: code });
  }

  addPoll({ events, quarantined }: DecodedPoll): void {
    for (const { key, event } of events) this.slotEvents.add(key.placeId, key.slotAt, event);
    for (const entry of quarantined) this.quarantined.push(entry);
  }
}

/** Decodes a delivery. A record on which a decoder fails for a reason nobody foresaw is quarantined like any bad one. */
export function batchOf(delivery: Delivery, decoders: Decoders, quarantineBytes: number): Batch {
  const batch = new Batch();
  for (const record of delivery.records) {
    try {
      addRecord(batch, record, decoders);
    } catch (error) {
      const detail = `The decoder failed: ${error instanceof Error ? error.message.slice(0, 160) : 'unknown'}.`;
      batch.addRefused(
        quarantineEntry(record, 0, { code: 'HMT_PROCESS_SHAPE', detail }, record.value, quarantineBytes),
      );
    }
  }
  return batch;
}

function addRecord(batch: Batch, record: JournalRecord, decoders: Decoders): void {
  switch (record.topic) {
    case 'observations': {
      const { readings, quarantined } = decoders.observations(record);
      for (const reading of readings) batch.addReading(reading);
      for (const entry of quarantined) batch.addRefused(entry);
      return;
    }
    case 'forecasts': {
      const decoded = decoders.forecasts(record);
      if (decoded.ok) batch.providerForecasts.push(decoded.forecast);
      else batch.quarantined.push(decoded.entry);
      return;
    }
    case 'polls':
      batch.addPoll(decoders.polls(record));
  }
}

/** The batch's arrivals with the doubts of their series added; call once, in order. */
export function judgedArrivals(
  readings: readonly DecodedReading[],
  judge: (reading: DecodedReading) => readonly QuantityFlag[],
): readonly Arrival[] {
  return readings.map((reading) => {
    const doubts = judge(reading);
    if (doubts.length === 0) return reading.arrival;
    const { observation } = reading.arrival;
    return { ...reading.arrival, observation: { ...observation, flags: [...observation.flags, ...doubts] } };
  });
}
