import { HarmattanError } from '../core/errors.ts';
import { DAY_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { RULE_IDS, type RuleId } from './notification.ts';

/** Nothing is told of what it matches, from its start to its end. */
export interface Silence {
  readonly id: string;
  /** Only these rules and places; empty: all. */
  readonly rules: readonly RuleId[];
  readonly placeIds: readonly string[];
  /** `[startsAt, endsAt)`. */
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly author: string;
  readonly reason: string;
  readonly createdAt: Instant;
  /** When somebody ended it before its time. */
  readonly endedAt: Instant | null;
}

export const SILENCES = 'silences';
/** A silence that nobody ends any more is a switched-off watch. */
export const LONGEST_SILENCE_MS = 90 * DAY_MS;
/** People hear so long before its end that a silence ends. */
export const ENDING_MS = 10 * MINUTE_MS;
/** Silences in force at one time. */
const MOST = 500;

/** Whether the silence is in force. */
export const isInForce = ({ startsAt, endsAt, endedAt }: Silence, at: Instant): boolean =>
  startsAt <= at && at < Math.min(endsAt, endedAt ?? endsAt);

/** Whether it speaks of this instance. An instance about no place is matched by a silence of its rule or of everything. */
export function matches({ rules, placeIds }: Silence, rule: RuleId, placeId: string | null): boolean {
  if (rules.length > 0 && !rules.includes(rule)) return false;
  return placeIds.length === 0 || (placeId !== null && placeIds.includes(placeId));
}

/** The same of an instance's key, `<rule>/<scope>`: the scope of a place's instance begins with the place's id. */
export function matchesKey(silence: Silence, key: string): boolean {
  const slash = key.indexOf('/');
  return matches(silence, key.slice(0, slash) as RuleId, key.slice(slash + 1).replace(/@.*$/, ''));
}

export interface SilenceRequest {
  readonly rules?: readonly string[];
  readonly placeIds?: readonly string[];
  readonly startsAt?: Instant;
  readonly endsAt: Instant;
  readonly author: string;
  readonly reason: string;
}

/**
 * A silence from what somebody asked for.
 *
 * @throws HarmattanError HMT_WATCH_SILENCE_INVALID naming the field
 */
export function silenceOf(request: SilenceRequest, id: string, now: Instant, placeIds: readonly string[]): Silence {
  const wrong = (field: string, detail: string) => new HarmattanError('HMT_WATCH_SILENCE_INVALID', { field, detail });
  const { rules = [], startsAt = now, endsAt } = request;
  const unknownRule = rules.find((rule) => !(RULE_IDS as readonly string[]).includes(rule));
  if (unknownRule !== undefined) throw wrong('rules', `There is no rule "${unknownRule}".`);
  const wanted = request.placeIds ?? [];
  const unknownPlace = wanted.find((place) => !placeIds.includes(place));
  if (unknownPlace !== undefined) throw wrong('placeIds', `There is no place "${unknownPlace}".`);
  if (!(endsAt > startsAt)) throw wrong('endsAt', 'It must lie after the start.');
  if (endsAt <= now) throw wrong('endsAt', 'It must lie in the future.');
  if (endsAt - startsAt > LONGEST_SILENCE_MS) throw wrong('endsAt', 'A silence lasts 90 days at most.');
  const [author, reason] = [request.author.trim(), request.reason.trim()];
  if (author === '' || author.length > 100) throw wrong('author', 'It must have 1 to 100 characters.');
  if (reason === '' || reason.length > 500) throw wrong('reason', 'It must have 1 to 500 characters.');
  return {
    id,
    rules: rules as readonly RuleId[],
    placeIds: wanted,
    startsAt,
    endsAt,
    author,
    reason,
    createdAt: now,
    endedAt: null,
  };
}

/** Keys sort by end, so that those in force or to come are one range. */
export const silenceKey = ({ endsAt, id }: Pick<Silence, 'endsAt' | 'id'>): string =>
  `${String(endsAt).padStart(15, '0')}/${id}`;

/** Silences that have not reached their end at `at`, ended ones included. */
export async function silencesFrom(documents: DocumentStore, at: Instant): Promise<readonly Silence[]> {
  const { items } = await documents.list<Silence>(SILENCES, { from: String(at).padStart(15, '0'), limit: MOST });
  return items.map(({ value }) => value);
}

/** @throws HarmattanError HMT_WATCH_SILENCE_UNKNOWN */
export async function endSilence(documents: DocumentStore, id: string, now: Instant): Promise<Silence> {
  const { items } = await documents.list<Silence>(SILENCES, { from: String(now).padStart(15, '0'), limit: MOST });
  const found = items.find(({ value }) => value.id === id);
  if (!found) throw new HarmattanError('HMT_WATCH_SILENCE_UNKNOWN', { field: 'id', detail: `"${id}".` });
  const ended = { ...found.value, endedAt: found.value.endedAt ?? now };
  await documents.commit([{ collection: SILENCES, key: found.key, value: ended, version: found.version + 1 }]);
  return ended;
}
