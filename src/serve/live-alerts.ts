import { type Instant, SECOND_MS } from '../core/time.ts';
import { alertHistory, historyPage } from '../watch/alert-desk.ts';
import { historyReplyOf } from './alert-reply.ts';
import type { Served } from './served.ts';

/** The watch looks every 30 s: this is soon enough. */
const LOOK_EVERY_MS = 2 * SECOND_MS;

/**
 * Hands on what happens to alerts as server-sent events until `signal` aborts. They have no `id:`, for they are not part
 * of the store's feed: who comes back reads `/api/v1/alerts`.
 */
export async function followAlerts(
  { store: { documents }, clock, logger }: Pick<Served, 'store' | 'clock' | 'logger'>,
  send: (block: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let from: Instant | null = null;
  while (!signal.aborted) {
    try {
      if (from === null) {
        const { items } = await historyPage(documents, { from: 0, to: Number.MAX_SAFE_INTEGER - 1, limit: 1 });
        from = (items[0]?.at ?? 0) + 1;
      }
      for await (const entry of alertHistory(documents, from, Number.MAX_SAFE_INTEGER - 1)) {
        if (signal.aborted) return;
        send(`event: alert\ndata: ${JSON.stringify(await historyReplyOf(documents, entry))}\n\n`);
        from = entry.at + 1;
      }
    } catch (error) {
      logger.warn('Alerts could not be read for live events.', { error: String(error) });
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}
