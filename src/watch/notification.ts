import type { Instant } from '../core/time.ts';
import type { Unit } from '../weather/unit.ts';
import type { Deliverable } from './outbox-row.ts';

/** Every rule that a message can be about, by the id that people and commands use. */
export const RULE_IDS = [
  'place-late',
  'place-missing',
  'place-never',
  'source-missing',
  'record-partial',
  'value-range',
  'value-frozen',
  'value-jump',
  'weather-reading',
  'weather-forecast',
  'stage-lag',
  'quarantine-growth',
  'quota-low',
  'forecast-missing',
  'forecast-coverage',
  'model-old',
  'key-refused',
  'disk-low',
  'store-error',
  'channel-failing',
  'watch-gone',
  'evaluation-failed',
] as const;
export type RuleId = (typeof RULE_IDS)[number];

/** One place that a message names. */
export interface NotedPlace {
  readonly id: string;
  readonly names: { readonly fr: string; readonly en: string };
  /** Its newest reading; `null` when there has never been one. */
  readonly lastValidAt: Instant | null;
  /** The value the rule is about, in its quantity's own unit; absent where it is about none. */
  readonly value?: number;
}

/** Why something is so, as far as the program knows. */
export interface NotedCause {
  /** An error code of the registry, or a slot's reason. */
  readonly code: string;
  /** A short fact without secrets: `HTTP 429`. */
  readonly detail: string | null;
}

/**
 * Everything a message says, in no language: what is new about one alert (or a test, or the daily "still here"). The
 * watch decides that it is sent; `message.ts` words it for a channel. Self-contained, so that it can be worded long after.
 */
export interface Notification extends Deliverable {
  /** Short: what people type (`alerts ack k7f2`). */
  readonly alertId: string;
  /** `null` for a test and the daily "still here", which no rule asks for. */
  readonly rule: RuleId | null;
  /** `null` while it lasts. */
  readonly endsAt: Instant | null;
  /** The worst first; at most 50. Empty where the alert is about the program itself. */
  readonly places: readonly NotedPlace[];
  /** How many places it is about (of the daily "still here": are on time), and how many there are. */
  readonly placeCount: number;
  readonly placeTotal: number;
  /** Source, stage, channel: what it is about where it is not about places, by name. Several of one kind with `, ` between. */
  readonly labels: Readonly<Partial<Record<'source' | 'stage' | 'channel' | 'quantity' | 'rule', string>>>;
  readonly cause: NotedCause | null;
  /** What was expected; `null` where nothing is. */
  readonly expected: { readonly everyMs: number; readonly graceMs: number } | null;
  /** The limit that was met or crossed, with the unit that values and limit are shown in; `null` where there is none. */
  readonly limit: { readonly value: number; readonly unit: Unit } | null;
  /** A bare number that the rule counts (messages behind, changes of state, alerts that fire). */
  readonly count: number | null;
}

/** What `alerts test` sends: every channel takes it, whatever severity it wants. `id` is of this test alone. */
export function testNotification(id: string, at: Instant): Notification {
  return {
    id,
    news: 'test',
    dedupeKey: `test:${id}`,
    incidentId: id,
    alertId: id,
    rule: null,
    severity: 'notice',
    startsAt: at,
    endsAt: null,
    at,
    places: [],
    placeCount: 0,
    placeTotal: 0,
    labels: {},
    cause: null,
    expected: null,
    limit: null,
    count: null,
  };
}
