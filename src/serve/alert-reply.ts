import { SECOND_MS, toRfc3339 } from '../core/time.ts';
import type { DocumentStore } from '../store/document-store.ts';
import {
  type Alert,
  deliveriesOf,
  type HistoryEntry,
  isInForce,
  type MeanTimes,
  type Silence,
} from '../watch/alert-desk.ts';
import type { AlertReply, HistoryEntryReply, SilenceReply } from './alert-contract.ts';
import { instantOf } from './reply.ts';

/** From the watch's own records to what the API and the commands say. */

export function alertReply(alert: Alert): AlertReply {
  const { alertId, id, rule, severity, about, startsAt, openedAt, firstToldAt, lastToldAt, endsAt, messages } = alert;
  const { acknowledged } = alert;
  return {
    id: alertId,
    incidentId: id,
    rule,
    severity,
    state: stateOf(alert),
    about: [...about],
    startsAt: toRfc3339(startsAt),
    openedAt: toRfc3339(openedAt),
    firstToldAt: instantOf(firstToldAt),
    lastToldAt: instantOf(lastToldAt),
    endsAt: instantOf(endsAt),
    messages,
    acknowledged: acknowledged && { by: acknowledged.by, at: toRfc3339(acknowledged.at) },
  };
}

function stateOf({ endsAt, muted, unstable, acknowledged, told }: Alert): AlertReply['state'] {
  if (muted) return 'muted';
  if (endsAt !== null) return 'ended';
  if (unstable) return 'unstable';
  if (acknowledged) return 'acknowledged';
  return told ? 'firing' : 'waiting';
}

export const meanTimesReply = ({ count, detectMs, resolveMs }: MeanTimes) => ({
  alerts: count,
  toDetectSeconds: detectMs === null ? null : Math.round(detectMs / SECOND_MS),
  toResolveSeconds: resolveMs === null ? null : Math.round(resolveMs / SECOND_MS),
});

export async function historyReplyOf(documents: DocumentStore, entry: HistoryEntry): Promise<HistoryEntryReply> {
  const at = toRfc3339(entry.at);
  if (entry.kind === 'transition') return { ...entry, at };
  const deliveries = await deliveriesOf(documents, entry);
  return {
    ...entry,
    at,
    places: [...entry.places],
    channels: [...entry.channels],
    deliveries: deliveries.map((one) => ({ ...one, at: toRfc3339(one.at) })),
  };
}

export const silenceReplyOf = (silence: Silence, now: number): SilenceReply => ({
  id: silence.id,
  rules: [...silence.rules],
  placeIds: [...silence.placeIds],
  startsAt: toRfc3339(silence.startsAt),
  endsAt: toRfc3339(silence.endsAt),
  author: silence.author,
  reason: silence.reason,
  createdAt: toRfc3339(silence.createdAt),
  endedAt: instantOf(silence.endedAt),
  inForce: isInForce(silence, now),
});

export const CSV_HEADER = 'at,kind,alert,rule,subject,from,to,cause,deliveries\r\n';

/** One line of the history as CSV. A cell that a spreadsheet would take for a formula is quoted as text. */
export function csvLine(entry: HistoryEntryReply): string {
  const cells =
    entry.kind === 'transition'
      ? [entry.at, entry.kind, '', entry.rule, entry.scope, entry.from, entry.to, entry.cause ?? '', '']
      : [entry.at, entry.kind, entry.alertId, entry.rule, entry.places.join(' '), '', entry.news, '', told(entry)];
  return `${cells.map(cell).join(',')}\r\n`;
}

const told = ({ deliveries }: Extract<HistoryEntryReply, { kind: 'news' }>) =>
  deliveries.map(({ channel, state, at }) => `${channel} ${state} ${at}`).join('; ');

function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
