import type { Instant } from '../core/time.ts';
import { latenessOf } from '../ledger/lateness.ts';
import type { Place } from '../weather/place.ts';
import type { News } from './channel-message.ts';
import type { Finding } from './finding.ts';
import type { Instances } from './instance.ts';
import type { NotedPlace, Notification, RuleId } from './notification.ts';
import type { Signals } from './signals.ts';
import type { Silence } from './silence.ts';
import type { Incident, Incidents } from './telling.ts';

/** Places that one message carries. */
const MOST_PLACES = 50;

/** News of an incident as data: worded later, per channel. */
export function incidentNotification({
  incident,
  news,
  keys,
  input,
}: {
  readonly incident: Incident;
  readonly news: News;
  /** Instances that it is about now; of an incident that is over those that it was about. */
  readonly keys: readonly string[];
  readonly input: {
    readonly instances: Instances;
    readonly signals: Signals;
    readonly places: ReadonlyMap<string, Place>;
    readonly at: Instant;
  };
}): Notification {
  const { instances, signals, places, at } = input;
  const about = keys.length > 0 ? keys : incident.toldKeys;
  const findings = about.flatMap((key) => instances[key]?.finding ?? []);
  const [first] = findings;
  const noted = notedPlaces(about, instances, signals, places);
  const isBad = about.some((key) => instances[key]?.bad);
  const { value, unit, lagMs } = first ?? {};
  return {
    id: `${incident.id}-${incident.messages}`,
    news,
    dedupeKey: incident.family.slice(0, 255),
    incidentId: incident.id,
    alertId: incident.alertId,
    rule: incident.rule,
    severity: incident.severity,
    startsAt: incident.startsAt,
    endsAt: incident.endsAt,
    at,
    places: noted.slice(0, MOST_PLACES),
    placeCount: noted.length,
    placeTotal: Object.keys(signals.places).length,
    labels: labelsOf(findings),
    cause: findings.find(({ cause }) => cause)?.cause ?? null,
    expected: incident.family === 'arrivals' || incident.rule === 'source-missing' ? expectedOf(signals) : null,
    limit: first?.limit ?? null,
    ...(value !== undefined && isBad && first?.placeId === undefined ? { value } : {}),
    ...(unit === undefined ? {} : { unit }),
    ...(lagMs === undefined || !isBad ? {} : { lagMs }),
    count: first?.count ?? null,
  };
}

/** The labels of all: of each kind every name once. */
function labelsOf(findings: readonly Finding[]): Notification['labels'] {
  const names = new Map<keyof Notification['labels'], Set<string>>();
  for (const { labels = {} } of findings)
    for (const [kind, text] of Object.entries(labels) as [keyof Notification['labels'], string][])
      for (const name of text.split(', ')) names.set(kind, (names.get(kind) ?? new Set()).add(name));
  return Object.fromEntries([...names].map(([kind, all]) => [kind, [...all].join(', ')]));
}

const expectedOf = ({ expected }: Signals): Notification['expected'] =>
  expected && { everyMs: expected.everyMs, graceMs: expected.graceMs };

/** The places of the instances, the one that is silent for longest first; values of what is wrong now, and no others. */
function notedPlaces(
  keys: readonly string[],
  instances: Instances,
  signals: Signals,
  places: ReadonlyMap<string, Place>,
): readonly NotedPlace[] {
  const wrong = keys.flatMap((key) => (instances[key]?.bad ? [instances[key].finding] : []));
  const byPlace = new Map(wrong.map((finding) => [finding.placeId, finding]));
  const ids = new Set(keys.map((key) => key.slice(key.indexOf('/') + 1).replace(/@.*$/, '')));
  const noted = [...ids].flatMap((id): NotedPlace[] => {
    const place = places.get(id);
    if (!place) return [];
    const { value, chance } = byPlace.get(id) ?? {};
    const lastValidAt = signals.places[id]?.lastValidAt ?? null;
    const measured = { ...(value === undefined ? {} : { value }), ...(chance === undefined ? {} : { chance }) };
    return [{ id, names: place.names, lastValidAt, ...measured }];
  });
  return noted.sort((one, other) => (one.lastValidAt ?? 0) - (other.lastValidAt ?? 0) || (one.id < other.id ? -1 : 1));
}

/** "This silence ends in ten minutes, and this is still so." */
export function endingNotification(
  silence: Silence,
  rules: readonly RuleId[],
  at: Instant,
  places: ReadonlyMap<string, Place>,
): Notification {
  const named = silence.placeIds.flatMap((id): NotedPlace[] => {
    const place = places.get(id);
    return place ? [{ id, names: place.names, lastValidAt: null }] : [];
  });
  return {
    id: `ending-${silence.id}`,
    news: 'ending',
    dedupeKey: `silence:${silence.id}`,
    incidentId: `ending-${silence.id}`,
    alertId: silence.id,
    rule: rules[0] ?? null,
    severity: 'warning',
    startsAt: silence.startsAt,
    endsAt: silence.endsAt,
    at,
    places: named.slice(0, MOST_PLACES),
    placeCount: named.length,
    placeTotal: places.size,
    labels: {},
    cause: null,
    expected: null,
    limit: null,
    count: null,
  };
}

/** "Still here": that no message came is news only when somebody is there to send one. */
export function aliveNotification(signals: Signals, incidents: Incidents, day: string, at: Instant): Notification {
  const { expected } = signals;
  const placeTotal = Object.keys(signals.places).length;
  const onTime = Object.values(signals.places).filter(
    ({ lastValidAt, lastSlotAt }) =>
      lastValidAt !== null &&
      (expected === null || at - Math.max(lastValidAt, lastSlotAt ?? lastValidAt) < latenessOf(expected).lateMs),
  );
  return {
    id: `alive-${day}`,
    news: 'alive',
    dedupeKey: 'alive',
    incidentId: `alive-${day}`,
    alertId: 'alive',
    rule: null,
    severity: 'notice',
    startsAt: at,
    endsAt: null,
    at,
    places: [],
    placeCount: onTime.length,
    placeTotal,
    labels: {},
    cause: null,
    expected: null,
    limit: null,
    count: Object.values(incidents).filter(({ told, endsAt }) => told && endsAt === null).length,
  };
}
