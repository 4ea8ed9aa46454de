import type { Instant } from '../core/time.ts';
import type { Unit } from '../weather/unit.ts';
import type { NotedCause, RuleId } from './notification.ts';

/** One thing that is wrong, or that could not be evaluated, as one evaluation finds it. */
export interface Finding {
  readonly rule: RuleId;
  /** Which of the rule's instances: a place's id, or the name of a source, stage, channel, quota. */
  readonly scope: string;
  readonly found: 'bad' | 'failed';
  /** Since when it is so, by the data. */
  readonly sinceAt: Instant;
  /** Absent where it is about no place. */
  readonly placeId?: string;
  readonly value?: number;
  readonly limit?: { readonly value: number; readonly unit: Unit };
  readonly labels?: Readonly<Partial<Record<'source' | 'stage' | 'channel' | 'quantity' | 'rule', string>>>;
  readonly cause?: NotedCause;
  readonly count?: number;
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
