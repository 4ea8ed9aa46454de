import type { Context } from '../core/context.ts';
import { toRfc3339 } from '../core/time.ts';
import type { RoundReport } from './run-round.ts';

/** Counts a round and says how it went: quietly when every place answered. */
export function tellRound(report: RoundReport, { logger, meter }: Context): void {
  const { slotAt, asked, answered, stale, missing, sources, complete } = report;
  const whole = answered === asked ? 'complete' : answered > 0 ? 'partial' : 'failed';
  meter.count('harmattan_poll_rounds_total', { outcome: complete ? whole : 'stopped' });
  for (const { source, readings } of sources) meter.count('harmattan_poll_readings_total', { source }, readings);
  for (const { reason } of missing) meter.count('harmattan_poll_missing_slots_total', { reason });
  const codes = [...new Set(missing.map(({ code, reason }) => code ?? reason))].join(', ');
  const fields = { slot: toRfc3339(slotAt), asked, answered, stale, missing: missing.length };
  if (missing.length > 0) logger.warn('Places gave no reading in their slot', { ...fields, because: codes });
  else logger.info('A round is over', fields);
}
