import type { ErrorCode } from '../core/errors.ts';
import type { Clock, Instant } from '../core/time.ts';
import type { Store } from '../store/store.ts';
import type { Asker } from './asker.ts';
import type { BreakerState } from './breaker.ts';
import type { QuotaReading } from './quota.ts';
import type { Schedule } from './schedule.ts';

/** How polling one source goes: the fact `poll/<source>`, rewritten after every round. */
export interface SourceStanding {
  readonly source: string;
  /** Fingerprint of the credential; never the key. */
  readonly credential: string;
  /** The plan in one sentence. */
  readonly plan: string;
  readonly everyMs: number;
  readonly lastAttemptAt: Instant | null;
  readonly lastSuccessAt: Instant | null;
  readonly lastErrorAt: Instant | null;
  /** The newest failure; `null` once a call after it succeeded. */
  readonly lastErrorCode: ErrorCode | null;
  readonly lastError: string | null;
  /** When a call is due next; `null` when nobody will ask. */
  readonly nextAttemptAt: Instant | null;
  /** The newest slot whose round is over. */
  readonly lastSlotAt: Instant | null;
  readonly breaker: BreakerState;
  readonly quota: readonly QuotaReading[];
  readonly attribution: { readonly text: string; readonly url: string; readonly licence: string };
}

/** What is planned: the fact `plan/poll`, written at start. */
export interface PlanFact {
  readonly everyMs: number;
  readonly graceMs: number;
  /** In order of preference; empty when others send. */
  readonly sources: readonly string[];
  readonly sentence: string;
  readonly computedAt: Instant;
}

export const PLAN_FACT = 'plan/poll';

export const standingFact = (sourceId: string): string => `poll/${sourceId}`;

/** How polling this source goes at the moment. */
export async function standingOf(
  { source, plan, breaker, quota, news }: Asker,
  clock: Clock,
  { everyMs, slotOf }: Schedule,
  lastSlotAt: Instant | null,
): Promise<SourceStanding> {
  const state = breaker.state();
  const { lastAttemptAt, lastSuccessAt, lastErrorAt, lastError } = news();
  return {
    source: source.id,
    credential: source.capabilities.credential,
    plan: plan.sentence,
    everyMs: plan.everyMs,
    lastAttemptAt,
    lastSuccessAt,
    lastErrorAt,
    lastErrorCode: lastError?.code ?? null,
    lastError: lastError?.message ?? null,
    nextAttemptAt: Math.max(slotOf(clock.now()) + everyMs, state.untilAt ?? 0),
    lastSlotAt,
    breaker: state,
    quota: await quota.read(),
    attribution: source.capabilities.attribution,
  };
}

export const saveStanding = (store: Store, standing: SourceStanding): Promise<void> =>
  store.facts.set(standingFact(standing.source), standing);
