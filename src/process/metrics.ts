import type { Meter } from '../core/meter.ts';
import { type Instant, SECOND_MS } from '../core/time.ts';
import type { Delivery } from '../journal/journal.ts';
import type { IngestReceipt } from '../store/store.ts';
import type { Batch } from './batch.ts';

interface CommittedBatch {
  readonly delivery: Delivery;
  readonly batch: Batch;
  readonly receipt: IngestReceipt;
  readonly startedAt: Instant;
  readonly committedAt: Instant;
}

/** Counts what became of a batch, and how long its oldest record waited for it. */
export function countBatch(meter: Meter, { delivery, batch, receipt, startedAt, committedAt }: CommittedBatch): void {
  meter.count('harmattan_process_records_total', {}, delivery.records.length);
  meter.count('harmattan_process_observations_total', { result: 'inserted' }, receipt.inserted);
  meter.count('harmattan_process_observations_total', { result: 'duplicate' }, receipt.duplicates);
  meter.count('harmattan_process_observations_total', { result: 'correction' }, receipt.corrections);
  meter.count('harmattan_process_observations_total', { result: 'superseded' }, receipt.superseded);
  for (const { code } of batch.quarantined) meter.count('harmattan_process_quarantined_total', { code });
  meter.observe('harmattan_process_batch_seconds', {}, Math.max(0, committedAt - startedAt) / SECOND_MS);
  const oldestAt = delivery.records.reduce((oldest, { appendedAt }) => Math.min(oldest, appendedAt), committedAt);
  meter.observe('harmattan_process_arrival_seconds', {}, (committedAt - oldestAt) / SECOND_MS);
}
