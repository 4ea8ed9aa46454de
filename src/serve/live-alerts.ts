import { type Instant, SECOND_MS } from '../core/time.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { alertHistory, historyPage } from '../watch/alert-desk.ts';
import { historyReplyOf } from './alert-reply.ts';
import type { Served } from './served.ts';

/** The watch looks every 30 s: this is soon enough. */
const LOOK_EVERY_MS = 2 * SECOND_MS;
const NEVER: Instant = Number.MAX_SAFE_INTEGER - 1;

/** How far a listener has heard the history of alerts: everything before `atMs`, and so many entries of that instant. */
export interface AlertMark {
  readonly atMs: Instant;
  readonly heard: number;
}

/** One thing that happened to an alert, as JSON, with the mark of who has heard it. */
export interface MarkedAlert {
  readonly data: string;
  readonly mark: AlertMark;
}

export const markText = ({ atMs, heard }: AlertMark): string => `${atMs}-${heard}`;

/** The mark of a text; `null` when it is none. */
export function markOf(text: string): AlertMark | null {
  const [, at, heard] = /^(\d{1,15})-(\d{1,6})$/.exec(text) ?? [];
  return at === undefined ? null : { atMs: Number(at), heard: Number(heard) };
}

export const isBefore = (one: AlertMark, other: AlertMark): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.heard < other.heard);

/** The mark of who has heard everything. */
export async function newestMark(documents: DocumentStore): Promise<AlertMark> {
  const { items } = await historyPage(documents, { from: 0, to: NEVER, limit: 1 });
  const atMs = items[0]?.at ?? 0;
  let heard = 0;
  for await (const _ of alertHistory(documents, atMs, atMs + 1)) heard++;
  return { atMs, heard };
}

/** What happened to alerts after a mark, oldest first. */
export async function* alertsAfter(documents: DocumentStore, mark: AlertMark): AsyncGenerator<MarkedAlert> {
  let { atMs, heard } = { atMs: mark.atMs, heard: 0 };
  for await (const entry of alertHistory(documents, mark.atMs, NEVER)) {
    heard = entry.at === atMs ? heard + 1 : 1;
    atMs = entry.at;
    const now = { atMs, heard };
    if (isBefore(mark, now)) yield { data: JSON.stringify(await historyReplyOf(documents, entry)), mark: now };
  }
}

/** Hands on what happens to alerts after `mark` until `signal` aborts. */
export async function followAlerts(
  { store: { documents }, clock, logger }: Pick<Served, 'store' | 'clock' | 'logger'>,
  mark: AlertMark,
  send: (alert: MarkedAlert) => void,
  signal: AbortSignal,
): Promise<void> {
  let heard = mark;
  while (!signal.aborted) {
    try {
      for await (const alert of alertsAfter(documents, heard)) {
        if (signal.aborted) return;
        send(alert);
        heard = alert.mark;
      }
    } catch (error) {
      logger.warn('Alerts could not be read for live events.', { error: String(error) });
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}
