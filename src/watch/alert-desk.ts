import { randomBytes } from 'node:crypto';
import { HarmattanError } from '../core/errors.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../core/time.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { NEW_STATE } from './evaluate.ts';
import { alertHistory } from './history.ts';
import type { Instances } from './instance.ts';
import type { RuleId } from './notification.ts';
import { DELIVERIES, type Delivery, keyOf, waitingRows } from './outbox-row.ts';
import {
  matchesKey,
  SILENCES,
  type Silence,
  type SilenceRequest,
  silenceKey,
  silenceOf,
  silencesFrom,
} from './silence.ts';
import { isActive } from './state.ts';
import { type Incident, scopeOf } from './telling.ts';
import {
  ACKNOWLEDGEMENTS,
  ALERT_HISTORY,
  acknowledgements,
  ENDED_ALERTS,
  type HistoryEntry,
  keptState,
} from './watch-records.ts';

/** Where people meet the watch: what it says, and what they say to it. Pages and commands go through here. */

export { type ChannelReport, channelsReport } from './channel-report.ts';
export type { AlertsDryRun } from './dry-run.ts';
export { alertHistory } from './history.ts';
export { endSilence, isInForce, type Silence, type SilenceRequest } from './silence.ts';
export type { HistoryEntry } from './watch-records.ts';

/** An alert as lists show it. */
export interface Alert extends Omit<Incident, 'toldKeys' | 'keys'> {
  /** Rule and place or thing of everything it was ever about: `place-missing/kolda`. */
  readonly keys: readonly string[];
  /** Places, sources, stages, channels that it was about, each once. */
  readonly about: readonly string[];
}

const alertOf = ({ toldKeys: _, keys, ...incident }: Incident): Alert => ({
  ...incident,
  keys,
  about: [...new Set(keys.map((key) => scopeOf(key).replace(/@.*$/, '')))],
});

const stateOf = async (documents: DocumentStore) => (await keptState(documents))?.value.state ?? NEW_STATE;

/** Alerts that last, the newest first. */
export async function activeAlerts(documents: DocumentStore): Promise<readonly Alert[]> {
  const { incidents } = await stateOf(documents);
  const acknowledged = await acknowledgements(documents);
  return Object.values(incidents)
    .map((incident) => alertOf({ ...incident, acknowledged: heard(incident, acknowledged) }))
    .sort((one, other) => other.openedAt - one.openedAt || (one.id < other.id ? -1 : 1));
}

/** Somebody may have acknowledged it since the last evaluation. */
function heard(
  incident: Incident,
  acknowledged: Awaited<ReturnType<typeof acknowledgements>>,
): Incident['acknowledged'] {
  const newest = acknowledged.get(incident.alertId);
  if (!newest || newest.at < (incident.lastToldAt ?? incident.openedAt)) return incident.acknowledged;
  return { by: newest.by, at: newest.at };
}

/** Alerts that opened in `[from, to)` and are over, the newest first. */
export async function endedAlerts(
  documents: DocumentStore,
  { from, to, limit, cursor }: { from: Instant; to: Instant; limit: number; cursor?: string },
): Promise<{ readonly items: readonly Alert[]; readonly nextCursor: string | null }> {
  const { items, nextCursor } = await documents.list<Incident>(ENDED_ALERTS, {
    from: keyOf(Math.max(0, from)),
    to: keyOf(Math.max(0, to)),
    order: 'desc',
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  return { items: items.map(({ value }) => alertOf(value)), nextCursor };
}

const MOST_AT_ONCE = 500;

/** How soon people heard of what was wrong, and how soon it was over; of alerts that were told. `null`: there was none. */
export interface MeanTimes {
  readonly count: number;
  readonly detectMs: number | null;
  readonly resolveMs: number | null;
}

export async function meanTimes(documents: DocumentStore, from: Instant, to: Instant): Promise<MeanTimes> {
  const [detect, resolve] = [[] as number[], [] as number[]];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof endedAlerts>> = await endedAlerts(documents, {
      from,
      to,
      limit: MOST_AT_ONCE,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const { startsAt, firstToldAt, endsAt } of page.items) {
      if (firstToldAt === null || endsAt === null) continue;
      detect.push(Math.max(0, firstToldAt - startsAt));
      resolve.push(Math.max(0, endsAt - startsAt));
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  const mean = (values: readonly number[]) =>
    values.length === 0 ? null : Math.round(values.reduce((sum, one) => sum + one, 0) / values.length);
  return { count: detect.length, detectMs: mean(detect), resolveMs: mean(resolve) };
}

/** One alert with everything that happened to it. */
export interface AlertStory {
  readonly alert: Alert;
  readonly history: readonly HistoryEntry[];
  readonly deliveries: readonly Pick<
    Delivery,
    'deliveryId' | 'channel' | 'news' | 'state' | 'attempts' | 'lastError' | 'createdAt' | 'at'
  >[];
  /** Messages that still wait for their channel. */
  readonly waiting: number;
}

/** The newest alert of that id. @throws HarmattanError HMT_WATCH_ALERT_UNKNOWN */
export async function alertStory(documents: DocumentStore, id: string, now: Instant): Promise<AlertStory> {
  const alert = await alertById(documents, id);
  const until = (alert.endsAt === null ? now : Math.max(alert.endsAt, alert.lastToldAt ?? 0)) + 1;
  const history: HistoryEntry[] = [];
  for await (const entry of alertHistory(documents, Math.min(alert.startsAt, alert.openedAt), until)) {
    const isOwn =
      entry.kind === 'news' ? entry.alertId === alert.alertId : alert.keys.includes(`${entry.rule}/${entry.scope}`);
    if (isOwn && history.length < MOST_AT_ONCE) history.push(entry);
  }
  const { items } = await documents.list<Delivery>(DELIVERIES, {
    from: keyOf(alert.openedAt),
    to: keyOf(until),
    limit: MOST_AT_ONCE,
  });
  const rows = await waitingRows(documents, MOST_AT_ONCE);
  return {
    alert,
    history,
    deliveries: items.map(({ value }) => value).filter(({ incidentId }) => incidentId === alert.id),
    waiting: rows.filter(({ row }) => row.notification.incidentId === alert.id).length,
  };
}

/** What became of one message, per channel; without those that still wait. */
export async function deliveriesOf(
  documents: DocumentStore,
  { at, alertId }: Extract<HistoryEntry, { kind: 'news' }>,
): Promise<readonly Pick<Delivery, 'channel' | 'state' | 'attempts' | 'at'>[]> {
  const range = { from: keyOf(at), to: keyOf(at + 1), limit: MOST_AT_ONCE };
  const { items } = await documents.list<Delivery>(DELIVERIES, range);
  return items
    .filter(({ value }) => value.incidentId.split('-').includes(alertId))
    .map(({ value: { channel, state, attempts, at: endedAt } }) => ({ channel, state, attempts, at: endedAt }));
}

/** Part of what happened to alerts in `[from, to)`, the newest first. */
export async function historyPage(
  documents: DocumentStore,
  { from, to, limit, cursor }: { from: Instant; to: Instant; limit: number; cursor?: string },
): Promise<{ readonly items: readonly HistoryEntry[]; readonly nextCursor: string | null }> {
  const range = { from: keyOf(Math.max(0, from)), to: keyOf(Math.max(0, to)), order: 'desc' as const, limit };
  const page = await documents.list<HistoryEntry>(ALERT_HISTORY, {
    ...range,
    ...(cursor === undefined ? {} : { cursor }),
  });
  return { items: page.items.map(({ value }) => value), nextCursor: page.nextCursor };
}

async function alertById(documents: DocumentStore, id: string): Promise<Alert> {
  const active = (await activeAlerts(documents)).find(({ alertId }) => alertId === id);
  if (active) return active;
  let cursor: string | undefined;
  do {
    const range = { order: 'desc' as const, limit: MOST_AT_ONCE, ...(cursor === undefined ? {} : { cursor }) };
    const page = await documents.list<Incident>(ENDED_ALERTS, range);
    const found = page.items.find(({ value }) => value.alertId === id);
    if (found) return alertOf(found.value);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  throw unknownAlert(id);
}

const unknownAlert = (id: string) =>
  new HarmattanError('HMT_WATCH_ALERT_UNKNOWN', { field: 'id', detail: `"${id.slice(0, 40)}".` });

/** Reminders of it stop; that it got worse, or is over, is told. @throws HarmattanError HMT_WATCH_ALERT_UNKNOWN */
export async function acknowledge(documents: DocumentStore, id: string, by: string, at: Instant): Promise<Alert> {
  const alert = (await activeAlerts(documents)).find(({ alertId }) => alertId === id);
  if (!alert) throw unknownAlert(id);
  const value = { alertId: id, by, at };
  await documents.commit([{ collection: ACKNOWLEDGEMENTS, key: `${keyOf(at)}/${id}`, value, version: null }]);
  await documents.drop(ACKNOWLEDGEMENTS, keyOf(at - KEEP_ACKNOWLEDGEMENTS_MS), MOST_AT_ONCE);
  return { ...alert, acknowledged: { by, at } };
}

const KEEP_ACKNOWLEDGEMENTS_MS = 90 * DAY_MS;

/** What a silence keeps quiet of what is wrong now. */
export interface SilenceMatches {
  /** Ids of alerts that would be all quiet. */
  readonly alerts: readonly string[];
  /** What is wrong and matches: `place-missing/kolda`. */
  readonly keys: readonly string[];
}

export async function silenceMatches(documents: DocumentStore, silence: Silence): Promise<SilenceMatches> {
  const { instances, incidents } = await stateOf(documents);
  const isWrong = (key: string) => isToldOf(instances, key);
  const keys = Object.keys(instances).filter((key) => isWrong(key) && matchesKey(silence, key));
  const alerts = Object.values(incidents).filter((incident) => {
    const own = incident.keys.filter(isWrong);
    return own.length > 0 && own.every((key) => matchesKey(silence, key));
  });
  return { alerts: alerts.map(({ alertId }) => alertId), keys: keys.sort() };
}

function isToldOf(instances: Instances, key: string): boolean {
  const state = instances[key]?.state ?? 'normal';
  return isActive(state) || state === 'flapping';
}

const ARRIVALS: readonly RuleId[] = ['place-late', 'place-missing', 'place-never'];

/** What to silence so that nothing more is told of an alert: lateness with what it can become. */
export function silenceOfAlert(
  { keys, family }: Pick<Alert, 'keys' | 'family'>,
  placeIds: readonly string[],
): { readonly rules: readonly RuleId[]; readonly placeIds: readonly string[] } {
  const rules = new Set(keys.map((key) => key.slice(0, key.indexOf('/')) as RuleId));
  const places = new Set(keys.map((key) => scopeOf(key).replace(/@.*$/, '')));
  return {
    rules: family === 'arrivals' ? ARRIVALS : [...rules],
    placeIds: [...places].filter((id) => placeIds.includes(id)),
  };
}

/** What the silence would match, without making it. @throws HarmattanError HMT_WATCH_SILENCE_INVALID */
export async function previewSilence(
  documents: DocumentStore,
  request: Pick<SilenceRequest, 'rules' | 'placeIds'>,
  now: Instant,
  placeIds: readonly string[],
): Promise<SilenceMatches> {
  const asked = { ...request, endsAt: now + HOUR_MS, author: 'preview', reason: 'preview' };
  return await silenceMatches(documents, silenceOf(asked, 'preview', now, placeIds));
}

/** @throws HarmattanError HMT_WATCH_SILENCE_INVALID naming the field */
export async function addSilence(
  documents: DocumentStore,
  request: SilenceRequest,
  now: Instant,
  placeIds: readonly string[],
): Promise<{ readonly silence: Silence; readonly matches: SilenceMatches }> {
  const silence = silenceOf(request, randomBytes(4).toString('hex'), now, placeIds);
  const matches = await silenceMatches(documents, silence);
  await documents.commit([{ collection: SILENCES, key: silenceKey(silence), value: silence, version: 1 }]);
  return { silence, matches };
}

/** Silences in force or to come; with `all` also those of the last 30 days. By their end. */
export async function listSilences(documents: DocumentStore, now: Instant, all: boolean): Promise<readonly Silence[]> {
  const silences = await silencesFrom(documents, all ? now - 30 * DAY_MS : now);
  return all ? silences : silences.filter(({ endedAt }) => endedAt === null);
}
