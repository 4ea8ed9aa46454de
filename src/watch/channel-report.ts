import type { Store } from '../store/store.ts';
import { CHANNELS } from './notifier.ts';
import { type ChannelStanding, channelStandings, NEVER_USED, waitingRows } from './outbox-row.ts';

const MOST_AT_ONCE = 500;

/** How a channel does, and how much waits for it. */
export interface ChannelReport extends ChannelStanding {
  readonly channel: string;
  readonly configured: boolean;
  readonly waiting: number;
}

/** Those that are configured, and those that once were used. */
export async function channelsReport(
  { documents, facts }: Pick<Store, 'documents' | 'facts'>,
  configured: readonly string[],
): Promise<readonly ChannelReport[]> {
  const standings = await channelStandings(facts);
  const reports: ChannelReport[] = [];
  for (const channel of CHANNELS) {
    const isConfigured = configured.includes(channel);
    const standing = standings.get(channel);
    if (!isConfigured && standing === undefined) continue;
    const waiting = (await waitingRows(documents, MOST_AT_ONCE, channel)).length;
    reports.push({ ...NEVER_USED, ...standing, channel, configured: isConfigured, waiting });
  }
  return reports;
}
