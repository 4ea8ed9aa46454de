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
  /** Keys that fire or recover and are not inhibited. */
  readonly active: readonly string[];
  /** Those of them that nobody silenced. */
  readonly audible: readonly string[];
  /** Whether some of its instances flap. */
  readonly flaps: boolean;
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
const scopeOf = (key: string) => key.slice(key.indexOf('/') + 1);

const quiet = (because: Verdict['because'], over = false): Verdict => ({ news: null, over, because });

/**
 * Decides what is told of an incident: once that it fires, again when it got worse or reaches more places, a reminder
 * while it lasts, once that it is over. While muted nothing is; what was told before is told to its end afterwards, what
 * was not is never told as over.
 */
export function tell(incident: Incident, hearing: Hearing, at: Instant, terms: TellingTerms): Verdict {
  const { told, unstable, lastToldAt, openedAt, acknowledged, toldKeys } = incident;
  const lasts = hearing.active.length > 0;
  if (hearing.muted) return quiet('muted', !lasts && !hearing.flaps && !told);
  if (hearing.flaps) return unstable ? quiet('unstable') : { news: 'unstable', over: false, because: null };
  if (unstable && !lasts) return { news: 'stable', over: true, because: null };
  if (!lasts) return told ? { news: 'resolved', over: true, because: null } : quiet('untold', true);
  if (!told) {
    if (at - openedAt < terms.groupWaitMs) return quiet('waiting');
    return { news: 'firing', over: false, because: null };
  }
  const sinceMs = at - (lastToldAt ?? openedAt);
  const named = new Set(toldKeys.map(scopeOf));
  const more = unstable || hearing.worse || hearing.audible.some((key) => !named.has(scopeOf(key)));
  if (more) return sinceMs >= terms.groupIntervalMs ? { news: 'firing', over: false, because: null } : quiet('waiting');
  // Muted until now and still there: whoever was told before hears once that it is not over.
  if (incident.muted) return { news: 'reminder', over: false, because: null };
  if (acknowledged) return quiet('acknowledged');
  return sinceMs >= terms.repeatMs ? { news: 'reminder', over: false, because: null } : quiet('known');
}
