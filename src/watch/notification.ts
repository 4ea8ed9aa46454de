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
  /** The value the rule is about, in its quantity's own unit; absent where it is about none, or where it is well again. */
  readonly value?: number;
  /** How likely it is, 0–1; absent where it is certain. */
  readonly chance?: number;
}

/** What was met or crossed. */
export interface NotedLimit {
  readonly value: number;
  /** The unit that values and limit are shown in; absent where it is a bare number. */
  readonly unit?: Unit;
  /** Which side of it is told; absent where that goes without saying. */
  readonly side?: 'above' | 'below';
  /** With a chance: of the coming hours. */
  readonly withinHours?: number;
}

/** Source, stage, channel: what an alert is about where it is not about places, by name. */
export type NotedLabels = Readonly<
  Partial<Record<'source' | 'stage' | 'channel' | 'quantity' | 'rule' | 'window', string>>
>;

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
  /** Several of one kind with `, ` between. */
  readonly labels: NotedLabels;
  readonly cause: NotedCause | null;
  /** What was expected; `null` where nothing is. */
  readonly expected: { readonly everyMs: number; readonly graceMs: number } | null;
  readonly limit: NotedLimit | null;
  /** The value where it is about no place; absent where there is none, or where it is well again. */
  readonly value?: number;
  /** The unit of values where no limit says it. */
  readonly unit?: Unit;
  /** How far behind something is, ms. */
  readonly lagMs?: number;
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
