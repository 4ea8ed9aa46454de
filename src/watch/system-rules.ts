import { type Instant, MINUTE_MS } from '../core/time.ts';
import type { WatchOptions } from './config.ts';
import type { Finding } from './finding.ts';
import type { Signals } from './signals.ts';

/** Errors that no waiting cures: somebody must look at the account or the certificate. */
const REFUSALS: ReadonlySet<string> = new Set([
  'HMT_POLL_KEY_REFUSED',
  'HMT_POLL_NOT_SUBSCRIBED',
  'HMT_POLL_FORBIDDEN',
]);

/** The rules about the program itself: stages, quarantine, quotas, keys, channels, disk. */
export function systemFindings(signals: Signals, at: Instant, options: WatchOptions): readonly Finding[] {
  const findings: Finding[] = [];
  const bad = (rule: Finding['rule'], scope: string, more: Partial<Finding> = {}) =>
    findings.push({ rule, scope, found: 'bad', sinceAt: at, ...more });

  for (const [stage, { lagMessages, lagMs, running }] of Object.entries(signals.stages)) {
    const labels = { stage };
    if ((lagMs ?? 0) > options.lagMinutes * MINUTE_MS || (lagMessages ?? 0) > options.lagMessages)
      bad('stage-lag', stage, { labels, sinceAt: at - (lagMs ?? 0), count: lagMessages ?? 0 });
    if (running === false) bad('watch-gone', stage, { labels });
  }
  if (signals.quarantinedLastHour > options.quarantineAnHour)
    bad('quarantine-growth', 'all', { labels: { stage: 'process' }, count: signals.quarantinedLastHour });
  for (const [quota, share] of Object.entries(signals.quotas))
    if (share >= options.quotaShare)
      bad('quota-low', quota, {
        labels: { source: quota.split('/')[0] ?? quota },
        value: 100 * share,
        limit: { value: 100 * options.quotaShare, unit: 'percent' },
      });
  for (const [source, { lastErrorCode }] of Object.entries(signals.sources))
    if (lastErrorCode !== null && REFUSALS.has(lastErrorCode))
      bad('key-refused', source, { labels: { source }, cause: { code: lastErrorCode, detail: null } });
  for (const [channel, failingSinceAt] of Object.entries(signals.channels))
    if (failingSinceAt !== null) bad('channel-failing', channel, { labels: { channel }, sinceAt: failingSinceAt });
  if (signals.diskFreeShare !== null && signals.diskFreeShare < options.diskFreeShare)
    bad('disk-low', 'disk', {
      value: 100 * signals.diskFreeShare,
      limit: { value: 100 * options.diskFreeShare, unit: 'percent' },
    });
  return findings;
}
