import { createHash } from 'node:crypto';
import type { Instant } from '../core/time.ts';
import type { Place } from '../weather/place.ts';
import type { WatchOptions } from './config.ts';
import { type Instance, type Instances, instanceKey } from './instance.ts';
import type { Notification, RuleId } from './notification.ts';
import { incidentNotification } from './notify.ts';
import { INHIBITS, RULES, termsOf } from './rule.ts';
import type { Signals } from './signals.ts';
import { matches, type Silence } from './silence.ts';
import { isActive } from './state.ts';
import { type Hearing, type Incident, type Incidents, tell, tellingTerms } from './telling.ts';

export interface TellInput {
  readonly incidents: Incidents;
  readonly instances: Instances;
  /** Those in force. */
  readonly silences: readonly Silence[];
  readonly acknowledged: ReadonlyMap<string, { readonly by: string; readonly at: Instant }>;
  /** Whether warnings have to wait. */
  readonly quiet: boolean;
  readonly at: Instant;
  readonly options: WatchOptions;
  readonly signals: Signals;
  readonly places: ReadonlyMap<string, Place>;
}

export interface Told {
  readonly incidents: Incidents;
  /** Incidents that ended with this evaluation, as they were. */
  readonly closed: readonly Incident[];
  readonly notifications: readonly Notification[];
  /** What each silence in force keeps quiet: names of rules. */
  readonly mutedBy: ReadonlyMap<string, readonly RuleId[]>;
  readonly nextAt: Instant | null;
}

const RANK = { notice: 0, warning: 1, critical: 2 } as const;

/** What an instance is part of: places of one rule are one alert, everything else stands for itself. */
export function aboutOf({ finding: { rule, scope, placeId } }: Instance, options: WatchOptions): string {
  const { family } = termsOf(rule, options);
  if (placeId === undefined) return `${family}:${scope}`;
  const at = scope.indexOf('@');
  return at < 0 ? family : `${family}${scope.slice(at)}`;
}

/** Opens, tells and closes incidents. Pure. */
export function tellIncidents(input: TellInput): Told {
  const { instances, options, at } = input;
  const members = new Map<string, string[]>();
  for (const [key, instance] of Object.entries(instances)) {
    if (!isActive(instance.state) && instance.state !== 'flapping') continue;
    if (isInhibited(instance, instances)) continue;
    const about = aboutOf(instance, options);
    // What recovers under a worse alert that is over by now is no news of its own.
    if (instance.state === 'recovering' && !input.incidents[about]?.keys.includes(key)) continue;
    members.set(about, [...(members.get(about) ?? []), key]);
  }
  const incidents: Record<string, Incident> = {};
  const closed: Incident[] = [];
  const notifications: Notification[] = [];
  const mutedBy = new Map<string, RuleId[]>();
  let nextAt = Number.POSITIVE_INFINITY;
  for (const about of new Set([...Object.keys(input.incidents), ...members.keys()])) {
    const keys = members.get(about) ?? [];
    const known = input.incidents[about] ?? opened(about, keys, input);
    const hearing = hearingOf(known, keys, input, mutedBy);
    const current = updated(known, keys, hearing, input);
    const terms = tellingTerms(current.severity, options);
    const verdict = tell({ ...current, muted: known.muted }, hearing, at, terms);
    const after: Incident = verdict.news === null ? current : noted(current, hearing, verdict.news, input);
    if (verdict.news !== null)
      notifications.push(incidentNotification({ incident: after, news: verdict.news, keys: hearing.audible, input }));
    if (verdict.over) closed.push({ ...after, endsAt: after.endsAt ?? at });
    else {
      incidents[about] = { ...after, muted: hearing.muted };
      const toldAt = after.lastToldAt ?? after.openedAt;
      for (const dueAt of [after.openedAt + terms.groupWaitMs, toldAt + terms.groupIntervalMs, toldAt + terms.repeatMs])
        if (dueAt > at) nextAt = Math.min(nextAt, dueAt);
    }
  }
  return { incidents, closed, notifications, mutedBy, nextAt: nextAt === Number.POSITIVE_INFINITY ? null : nextAt };
}

/** Whether a worse instance that is told anyway makes this one needless. */
export function isInhibited({ finding }: Instance, instances: Instances): boolean {
  for (const [rule, { same, rules }] of Object.entries(INHIBITS)) {
    if (!rules.includes(finding.rule)) continue;
    if (same === 'place') {
      const other = instances[instanceKey({ rule: rule as RuleId, scope: finding.placeId ?? '' })];
      if (other && (isActive(other.state) || other.state === 'flapping')) return true;
      continue;
    }
    for (const key in instances)
      if (key.startsWith(`${rule}/`)) {
        const { state } = instances[key] as Instance;
        if (isActive(state) || state === 'flapping') return true;
      }
  }
  return false;
}

function opened(about: string, keys: readonly string[], { instances, at, options }: TellInput): Incident {
  const first = instances[keys[0] ?? ''] as Instance;
  const digest = createHash('sha256').update(`${about}/${at}`).digest();
  const alertId = digest.readUIntBE(0, 6).toString(36).padStart(6, '0').slice(-4);
  return {
    id: `${alertId}-${at.toString(36)}`,
    alertId,
    family: about,
    rule: first.finding.rule,
    severity: termsOf(first.finding.rule, options).severity,
    startsAt: first.finding.sinceAt,
    openedAt: at,
    endsAt: null,
    told: false,
    toldKeys: [],
    keys: [],
    lastToldAt: null,
    messages: 0,
    unstable: false,
    muted: false,
    acknowledged: null,
  };
}

function hearingOf(
  incident: Incident,
  keys: readonly string[],
  { instances, silences, quiet, options }: TellInput,
  mutedBy: Map<string, RuleId[]>,
): Hearing {
  const active = keys.filter((key) => isActive((instances[key] as Instance).state));
  const flapping = keys.filter((key) => !active.includes(key));
  const silencedBy = (key: string) => {
    const [rule = '', scope = ''] = splitKey(key);
    return silences.find((silence) => matches(silence, rule as RuleId, scope.replace(/@.*$/, ''))) ?? null;
  };
  const isSilenced = (key: string) => {
    const silence = silencedBy(key);
    if (silence && keys.includes(key)) {
      const rules = mutedBy.get(silence.id) ?? [];
      const rule = splitKey(key)[0] as RuleId;
      if (!rules.includes(rule)) mutedBy.set(silence.id, [...rules, rule]);
    }
    return silence !== null;
  };
  const audible = active.filter((key) => !isSilenced(key));
  const loudFlaps = flapping.filter((key) => !isSilenced(key));
  const worst = worstOf(audible, instances, options) ?? incident;
  const hushed = quiet && RANK[maxSeverity(worst.severity, incident.severity)] < RANK.critical;
  const subjects = keys.length > 0 ? keys : incident.toldKeys;
  const silenced = subjects.length > 0 && subjects.every(isSilenced);
  return {
    active,
    audible,
    flaps: loudFlaps.length > 0,
    muted: hushed || silenced,
    worse: RULES[worst.rule].rank > RULES[incident.rule].rank || RANK[worst.severity] > RANK[incident.severity],
  };
}

const splitKey = (key: string): readonly [string, string] => {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
};

function worstOf(keys: readonly string[], instances: Instances, options: WatchOptions) {
  let worst: Pick<Incident, 'rule' | 'severity'> | null = null;
  for (const key of keys) {
    const { rule } = (instances[key] as Instance).finding;
    const { severity } = termsOf(rule, options);
    const isWorse =
      worst === null ||
      RANK[severity] > RANK[worst.severity] ||
      (severity === worst.severity && RULES[rule].rank > RULES[worst.rule].rank);
    if (isWorse) worst = { rule, severity };
  }
  return worst;
}

const maxSeverity = (one: Incident['severity'], other: Incident['severity']) =>
  RANK[one] >= RANK[other] ? one : other;

/** What the evaluation adds to the incident before anything is told. */
function updated(incident: Incident, keys: readonly string[], hearing: Hearing, input: TellInput): Incident {
  const { instances, acknowledged, at, options } = input;
  const lasts = keys.length > 0;
  const startsAt = Math.min(incident.startsAt, ...keys.map((key) => (instances[key] as Instance).finding.sinceAt));
  const ended = incident.keys.flatMap((key) => instances[key] ?? []).map(({ turnedAt }) => turnedAt);
  const endsAt = lasts ? null : (incident.endsAt ?? (ended.length > 0 ? Math.max(...ended) : at));
  const worst = incident.told ? null : worstOf(hearing.active, instances, options);
  return {
    ...incident,
    ...(worst ?? {}),
    startsAt,
    endsAt,
    keys: [...new Set([...incident.keys, ...keys])],
    acknowledged: acknowledged.get(incident.alertId) ?? incident.acknowledged,
  };
}

/** The incident once a message of it is written. */
function noted(
  incident: Incident,
  hearing: Hearing,
  news: Notification['news'],
  { instances, at, options }: TellInput,
) {
  const worst = news === 'firing' ? worstOf(hearing.audible, instances, options) : null;
  const rises =
    worst !== null &&
    (RULES[worst.rule].rank > RULES[incident.rule].rank || RANK[worst.severity] > RANK[incident.severity]);
  return {
    ...incident,
    ...(rises ? worst : {}),
    told: true,
    unstable: news === 'unstable',
    toldKeys: hearing.audible.length > 0 ? hearing.audible : incident.toldKeys,
    lastToldAt: at,
    messages: incident.messages + 1,
    acknowledged: news === 'firing' ? null : incident.acknowledged,
  };
}
