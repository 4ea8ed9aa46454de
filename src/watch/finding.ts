import type { Instant } from '../core/time.ts';
import type { Unit } from '../weather/unit.ts';
import type { NotedCause, NotedLabels, NotedLimit, RuleId } from './notification.ts';

/** One thing that is wrong, of which nothing can be said, or that could not be evaluated, as one evaluation finds it. */
export interface Finding {
  readonly rule: RuleId;
  /** Which of the rule's instances: a place's id, or the name of a source, stage, channel, quota. */
  readonly scope: string;
  /** `unknown` is told of nothing, and keeps what was found before from being taken for over. */
  readonly found: 'bad' | 'unknown' | 'failed';
  /** Since when it is so, by the data. */
  readonly sinceAt: Instant;
  /** Absent where it is about no place. */
  readonly placeId?: string;
  readonly value?: number;
  /** The unit to show the value in; absent where there is none, and where the limit says it. */
  readonly unit?: Unit;
  readonly limit?: NotedLimit;
  /** How likely it is, 0–1; absent where it is certain. */
  readonly chance?: number;
  readonly labels?: NotedLabels;
  readonly cause?: NotedCause;
  readonly count?: number;
  /** How far behind something is, ms. */
  readonly lagMs?: number;
}

/** What time alone will change next, as far as the rules know. */
export interface Found {
  readonly findings: readonly Finding[];
  /** The earliest instant at which a rule may find something else in the same signals; `null`: never. */
  readonly nextAt: Instant | null;
}

/** That a rule could not be evaluated; without a code: because the rule itself failed on what it was given. */
export const failedFinding = (
  rule: RuleId,
  scope: string,
  at: Instant,
  code: string | null,
  placeId?: string,
): Finding => ({
  rule,
  scope,
  found: 'failed',
  sinceAt: at,
  cause: { code: code ?? 'HMT_WATCH_RULE_FAILED', detail: null },
  ...(placeId === undefined ? {} : { placeId }),
});
