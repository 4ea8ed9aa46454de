import type { Instant } from '../core/time.ts';
import type { Unit } from '../weather/unit.ts';
import type { NotedCause, RuleId } from './notification.ts';

/** One thing that is wrong (or of which nothing can be said), as one evaluation finds it. */
export interface Finding {
  readonly rule: RuleId;
  /** Which of the rule's instances: a place's id, or the name of a source, stage, channel, quota. */
  readonly scope: string;
  readonly found: 'bad' | 'unknown';
  /** Since when it is so, by the data. */
  readonly sinceAt: Instant;
  /** Absent where it is about no place. */
  readonly placeId?: string;
  readonly value?: number;
  readonly limit?: { readonly value: number; readonly unit: Unit };
  readonly labels?: Readonly<Partial<Record<'source' | 'stage' | 'channel' | 'quantity', string>>>;
  readonly cause?: NotedCause;
  readonly count?: number;
}

/** What time alone will change next, as far as the rules know. */
export interface Found {
  readonly findings: readonly Finding[];
  /** The earliest instant at which a rule may find something else in the same signals; `null`: never. */
  readonly nextAt: Instant | null;
}
