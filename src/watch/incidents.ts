import { createHash } from 'node:crypto';
import type { Instant } from '../core/time.ts';
import type { Place } from '../weather/place.ts';
import type { WatchOptions } from './config.ts';
import { type Instance, type Instances, instanceKey } from './instance.ts';
import type { Notification, RuleId } from './notification.ts';
import { incidentNotification } from './notify.ts';
import { INHIBITS, RULES, termsOf } from './rule.ts';
import type { Signals } from './signals.ts';
import { matchesKey, type Silence } from './silence.ts';
import { isActive } from './state.ts';
import {
  acknowledgedOf,
  type Hearing,
  type Incident,
  type Incidents,
  overOf,
  scopeOf,
  tell,
  tellingTerms,
  toldKeysOf,
} from './telling.ts';

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

/** What an instance is part of: places of one rule are one alert, everything else stands for itself, but for some rules. */
export function aboutOf({ finding }: Instance, options: WatchOptions): string {
  const { scope, placeId } = finding;
  const { family, together } = termsOf(finding, options);
  if (placeId === undefined) return together ? family : `${family}:${scope}`;
  const at = scope.indexOf('@');
  return at < 0 ? family : `${family}${scope.slice(at)}`;
}

/** Opens, tells and closes incidents. Pure. */
export function tellIncidents(input: TellInput): Told {
  const { instances, options, at } = input;
  const inhibitionOf = inhibitionAmong(instances);
  const members = new Map<string, string[]>();
  for (const [key, instance] of Object.entries(instances)) {
    if (!isActive(instance.state) && instance.state !== 'flapping') continue;
    const about = aboutOf(instance, options);
    const known = members.get(about);
    if (known) known.push(key);
    else members.set(about, [key]);
  }
  const incidents: Record<string, Incident> = {};
  const closed: Incident[] = [];
  const notifications: Notification[] = [];
  const mutedBy = new Map<string, RuleId[]>();
  let nextAt = Number.POSITIVE_INFINITY;
  for (const about of new Set([...Object.keys(input.incidents), ...members.keys()])) {
    const keys = members.get(about) ?? [];
    const known = input.incidents[about] ?? opened(about, keys, input);
    const hearing = hearingOf(known, keys, input, inhibitionOf, mutedBy);
    const current = updated(known, keys, hearing, input);
    const terms = tellingTerms(current.severity, options);
    const verdict = tell({ ...current, muted: known.muted }, hearing, at, terms);
    const after: Incident = verdict.news === null ? current : noted(current, hearing, verdict.news, input);
    if (verdict.news !== null) notifications.push(notificationOf(current, after, hearing, verdict.news, input));
    if (verdict.over) closed.push({ ...after, endsAt: after.endsAt ?? at });
    else {
      const now = { ...after, muted: verdict.because === 'muted' };
      incidents[about] = sameIncident(known, now) ? known : now;
      const toldAt = after.lastToldAt ?? after.openedAt;
      for (const dueAt of [after.openedAt + terms.groupWaitMs, toldAt + terms.groupIntervalMs, toldAt + terms.repeatMs])
        if (dueAt > at) nextAt = Math.min(nextAt, dueAt);
    }
  }
  return { incidents, closed, notifications, mutedBy, nextAt: nextAt === Number.POSITIVE_INFINITY ? null : nextAt };
}

const sameIncident = (one: Incident, other: Incident): boolean =>
  (Object.keys(other) as (keyof Incident)[]).every((name) => one[name] === other[name]);

/** The message names what it is news of: what fires, what flaps, or what is over. */
function notificationOf(
  before: Incident,
  incident: Incident,
  hearing: Hearing,
  news: Notification['news'],
  input: TellInput,
): Notification {
  if (news === 'unstable') return incidentNotification({ incident, news, keys: hearing.flapping, input });
  if (news !== 'resolved' && news !== 'stable')
    return incidentNotification({ incident, news, keys: hearing.audible, input });
  const ended = { ...incident, endsAt: incident.endsAt ?? input.at };
  return incidentNotification({ incident: ended, news, keys: overOf(before, hearing), input });
}

/** Which worse rules make each rule needless, and of which places. */
const INHIBITED_BY: ReadonlyMap<RuleId, readonly { readonly worse: RuleId; readonly same: 'place' | 'all' }[]> =
  Map.groupBy(
    Object.entries(INHIBITS).flatMap(([worse, { same, rules }]) =>
      rules.map((rule) => ({ rule, worse: worse as RuleId, same })),
    ),
    ({ rule }) => rule,
  );

type Inhibition = 'now' | 'soon' | null;

/**
 * Whether a worse instance that is told anyway makes another needless: `soon` while that one only begins to be bad, and
 * nothing new is to be told of the other before that is decided.
 */
function inhibitionAmong(instances: Instances): (instance: Instance) => Inhibition {
  /** What the rules do that speak of all places at once. */
  const ofAll = new Map<string, Inhibition>();
  for (const { finding, state } of Object.values(instances)) {
    if (INHIBITS[finding.rule]?.same !== 'all') continue;
    if (isInhibiting(state)) ofAll.set(finding.rule, 'now');
    else if (state === 'pending' && !ofAll.has(finding.rule)) ofAll.set(finding.rule, 'soon');
  }
  return ({ finding: { rule, placeId = '' } }) => {
    let soon = false;
    for (const { worse, same } of INHIBITED_BY.get(rule) ?? []) {
      const state = same === 'all' ? null : instances[instanceKey({ rule: worse, scope: placeId })]?.state;
      const inhibits = same === 'all' ? ofAll.get(worse) : state && isInhibiting(state) ? 'now' : null;
      if (inhibits === 'now') return 'now';
      soon ||= inhibits === 'soon';
    }
    return soon ? 'soon' : null;
  };
}

const isInhibiting = (state: Instance['state']): boolean => isActive(state) || state === 'flapping';

function opened(about: string, keys: readonly string[], { instances, at, options }: TellInput): Incident {
  const first = instances[keys[0] ?? ''] as Instance;
  const digest = createHash('sha256').update(`${about}/${at}`).digest();
  const alertId = digest.readUIntBE(0, 6).toString(36).padStart(6, '0').slice(-4);
  return {
    id: `${alertId}-${at.toString(36)}`,
    alertId,
    family: about,
    rule: first.finding.rule,
    severity: termsOf(first.finding, options).severity,
    startsAt: first.finding.sinceAt,
    openedAt: at,
    endsAt: null,
    told: false,
    toldKeys: [],
    keys: [],
    lastToldAt: null,
    firstToldAt: null,
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
  inhibitionOf: ReturnType<typeof inhibitionAmong>,
  mutedBy: Map<string, RuleId[]>,
): Hearing {
  const silenceOf = (key: string) => silences.find((one) => matchesKey(one, key));
  const named = new Set(incident.told ? incident.toldKeys.map(scopeOf) : []);
  const [active, audible, flapping]: [string[], string[], string[]] = [[], [], []];
  for (const key of keys) {
    const instance = instances[key] as Instance;
    const inhibition = inhibitionOf(instance);
    const silence = silenceOf(key);
    if (silence && inhibition !== 'now') noteMuted(mutedBy, silence, instance.finding.rule);
    const isHushed = silence !== undefined || inhibition === 'now';
    if (isActive(instance.state)) {
      active.push(key);
      const isNews = instance.state === 'firing' && inhibition === null;
      if (!isHushed && (isNews || named.has(instance.finding.scope))) audible.push(key);
    } else if (!isHushed) flapping.push(key);
  }
  const worst = worstOf(audible, instances, options) ?? incident;
  const isQuietHour = quiet && RANK[maxSeverity(worst.severity, incident.severity)] < RANK.critical;
  const subjects = incident.told ? incident.toldKeys : keys;
  const isSilent = (key: string) =>
    silenceOf(key) !== undefined || (instances[key] !== undefined && inhibitionOf(instances[key]) === 'now');
  const silenced = audible.length + flapping.length === 0 && subjects.length > 0 && subjects.every(isSilent);
  return {
    active,
    audible,
    flapping,
    hushed: silences.length === 0 ? [] : subjects.filter((key) => silenceOf(key) !== undefined),
    muted: isQuietHour || silenced,
    worse: RULES[worst.rule].rank > RULES[incident.rule].rank || RANK[worst.severity] > RANK[incident.severity],
  };
}

function noteMuted(mutedBy: Map<string, RuleId[]>, { id }: Silence, rule: RuleId): void {
  const rules = mutedBy.get(id) ?? [];
  if (!rules.includes(rule)) mutedBy.set(id, [...rules, rule]);
}

function worstOf(keys: readonly string[], instances: Instances, options: WatchOptions) {
  let worst: Pick<Incident, 'rule' | 'severity'> | null = null;
  for (const key of keys) {
    const { finding } = instances[key] as Instance;
    const { rule } = finding;
    const { severity } = termsOf(finding, options);
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
  let startsAt = incident.startsAt;
  for (const key of keys) startsAt = Math.min(startsAt, (instances[key] as Instance).finding.sinceAt);
  const worst = incident.told ? null : worstOf(hearing.audible, instances, options);
  return {
    ...incident,
    ...(worst ?? {}),
    startsAt,
    endsAt: keys.length > 0 ? null : (incident.endsAt ?? wellAgainAt(incident, instances) ?? at),
    keys: union(incident.keys, keys),
    acknowledged: acknowledgedOf(incident, acknowledged),
  };
}

/** When the last of what it was about was well again. */
function wellAgainAt({ keys }: Incident, instances: Instances): Instant | null {
  let last: Instant | null = null;
  for (const key of keys) {
    const at = instances[key]?.turnedAt;
    if (at !== undefined && (last === null || at > last)) last = at;
  }
  return last;
}

/** The keys of both; the very same list where nothing is added. */
function union(known: readonly string[], keys: readonly string[]): readonly string[] {
  const all = new Set(known);
  const added = keys.filter((key) => !all.has(key));
  return added.length === 0 ? known : [...known, ...added];
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
    unstable: news === 'unstable' || (incident.unstable && hearing.flapping.length > 0),
    toldKeys: toldKeysOf(incident, hearing, news),
    lastToldAt: at,
    firstToldAt: incident.firstToldAt ?? at,
    messages: incident.messages + 1,
    acknowledged: news === 'firing' ? null : incident.acknowledged,
  };
}
