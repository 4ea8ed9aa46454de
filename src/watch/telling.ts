import { HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from '../core/time.ts';
import type { News } from './channel-message.ts';
import type { WatchOptions } from './config.ts';
import type { RuleId } from './notification.ts';

/** An alert as people hear of it: the instances of one family that are wrong together. */
export interface Incident {
  /** Unique for ever; also the thread of its messages. */
  readonly id: string;
  /** Short, for people. */
  readonly alertId: string;
  readonly family: string;
  /** The worst rule that it reached. */
  readonly rule: RuleId;
  readonly severity: 'notice' | 'warning' | 'critical';
  readonly startsAt: Instant;
  readonly openedAt: Instant;
  /** When all was well again; `null` while it lasts. */
  readonly endsAt: Instant | null;
  /** Whether anybody was told that it fires. */
  readonly told: boolean;
  /** Keys of the instances that the last message named. */
  readonly toldKeys: readonly string[];
  /** Keys of everything it was ever about. */
  readonly keys: readonly string[];
  readonly lastToldAt: Instant | null;
  /** When people first heard of it; `null` before that. */
  readonly firstToldAt: Instant | null;
  /** Messages so far: numbers them. */
  readonly messages: number;
  readonly unstable: boolean;
  /** Everything it is about is silenced, or its hour is quiet. */
  readonly muted: boolean;
  readonly acknowledged: { readonly by: string; readonly at: Instant } | null;
}

/** Incidents that are open, by what they are about. */
export type Incidents = Readonly<Record<string, Incident>>;

/** What one evaluation says of an incident. */
export interface Hearing {
  /** Keys that fire or recover, heard or not. */
  readonly active: readonly string[];
  /** Those of them that are neither silenced nor inhibited; what recovers only where it was told that it fired. */
  readonly audible: readonly string[];
  /** Those that come and go, and are neither silenced nor inhibited. */
  readonly flapping: readonly string[];
  /** Those that the last message named and that are silenced now, whatever has become of them. */
  readonly hushed: readonly string[];
  /** Whether nothing may be told of it now. */
  readonly muted: boolean;
  /** The rule got worse than the one told of. */
  readonly worse: boolean;
}

export interface TellingTerms {
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatMs: number;
}

/** What the operator chose, ms. */
export const tellingTerms = (severity: Incident['severity'], options: WatchOptions): TellingTerms => ({
  groupWaitMs: options.groupWaitSeconds * SECOND_MS,
  groupIntervalMs: options.groupIntervalMinutes * MINUTE_MS,
  repeatMs: (severity === 'critical' ? options.repeatCriticalHours : options.repeatWarningHours) * HOUR_MS,
});

/** What is to be told now, and whether the incident is over. */
export interface Verdict {
  readonly news: News | null;
  readonly over: boolean;
  /** Why nothing is told, for the history and the page. */
  readonly because: 'muted' | 'waiting' | 'acknowledged' | 'known' | 'unstable' | 'untold' | null;
}

/** `place-late/kolda` and `place-missing/kolda` are about the same place. */
export const scopeOf = (key: string): string => key.slice(key.indexOf('/') + 1);

const quiet = (because: Verdict['because'], over = false): Verdict => ({ news: null, over, because });
const news = (news: News, over = false): Verdict => ({ news, over, because: null });

/** Keys that the last message named and whose end may be told by now: that of the silenced waits for the silence's end. */
export function overOf(
  { toldKeys }: Pick<Incident, 'toldKeys'>,
  { active, hushed }: Pick<Hearing, 'active' | 'hushed'>,
): readonly string[] {
  const left = new Set([...active, ...hushed].map(scopeOf));
  return toldKeys.filter((key) => !left.has(scopeOf(key)));
}

/** Whoever acknowledged what was told then did not acknowledge what got worse since. */
export function acknowledgedOf(
  { alertId, acknowledged, lastToldAt, openedAt }: Incident,
  heard: ReadonlyMap<string, { readonly by: string; readonly at: Instant }>,
): Incident['acknowledged'] {
  const newest = heard.get(alertId);
  if (!newest || newest.at < (lastToldAt ?? openedAt) || newest.at === acknowledged?.at) return acknowledged;
  return { by: newest.by, at: newest.at };
}

/** What people know of once they have the message: what it names, and what an earlier one named and is still so. */
export function toldKeysOf(incident: Incident, hearing: Hearing, news: News): readonly string[] {
  const { audible, flapping } = hearing;
  if (news === 'resolved' || news === 'stable') {
    const over = new Set(overOf(incident, hearing));
    const left = incident.toldKeys.filter((key) => !over.has(key));
    return left.length > 0 ? left : incident.toldKeys;
  }
  const known = new Set(incident.toldKeys.map(scopeOf));
  const [named, others] = news === 'unstable' ? [flapping, audible] : [audible, flapping];
  return [...named, ...others.filter((key) => known.has(scopeOf(key)))];
}

/**
 * Decides what is told of an incident: once that it fires, again when it got worse or reaches more places, a reminder
 * while it lasts, once that it is over. While muted nothing is; what was told before is told to its end afterwards, what
 * was not is never told as over. A place that comes and goes hides no other.
 */
export function tell(incident: Incident, hearing: Hearing, at: Instant, terms: TellingTerms): Verdict {
  const { told, unstable, lastToldAt, openedAt, acknowledged, toldKeys } = incident;
  const { active, audible } = hearing;
  const flaps = hearing.flapping.length > 0;
  if (hearing.muted) return quiet('muted', active.length === 0 && !flaps && !told);
  if (flaps && !unstable) return news('unstable');
  if (audible.length === 0) {
    if (flaps) return quiet('unstable');
    if (!told) return active.length > 0 ? quiet('waiting') : quiet('untold', true);
    // What is silenced goes on unheard: those who heard of the rest hear that the rest is over.
    const over = overOf(incident, hearing);
    if (over.length === 0) return quiet('muted');
    return news(unstable ? 'stable' : 'resolved', over.length === toldKeys.length);
  }
  if (!told) return at - openedAt < terms.groupWaitMs ? quiet('waiting') : news('firing');
  const sinceMs = at - (lastToldAt ?? openedAt);
  const named = new Set(toldKeys.map(scopeOf));
  const calmed = unstable && !flaps;
  const more = calmed || hearing.worse || audible.some((key) => !named.has(scopeOf(key)));
  if (more) return sinceMs >= terms.groupIntervalMs ? news('firing') : quiet('waiting');
  // Muted until now and still there: whoever was told before hears once that it is not over.
  if (incident.muted) return news('reminder');
  if (acknowledged) return quiet('acknowledged');
  return sinceMs >= terms.repeatMs ? news('reminder') : quiet('known');
}
