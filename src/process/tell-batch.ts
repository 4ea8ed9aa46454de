import type { Logger } from '../core/log.ts';
import type { IngestReceipt } from '../store/store.ts';
import type { Batch } from './batch.ts';

/** Records of one batch that are told one by one; the rest are counted. */
const TOLD_ONE_BY_ONE = 20;

/** Says what in a batch was out of the ordinary: what went to quarantine, and that readings were corrected. */
export function tellBatch(logger: Logger, { quarantined }: Batch, { corrections }: IngestReceipt): void {
  for (const { id, code, detail, placeId, source } of quarantined.slice(0, TOLD_ONE_BY_ONE))
    logger.warn('A record went to quarantine.', { id, code, detail, placeId, source });
  if (quarantined.length > TOLD_ONE_BY_ONE)
    logger.warn('More records of the same batch went to quarantine.', {
      records: quarantined.length - TOLD_ONE_BY_ONE,
    });
  if (corrections > 0) logger.info('Readings were corrected by later arrivals.', { corrections });
}
