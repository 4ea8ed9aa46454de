import type { Instant } from '../core/time.ts';
import type { AlertsDryRun } from '../watch/alert-desk.ts';
import type { ObservationKind } from '../weather/observation.ts';
import type { ScorecardReply } from './scorecard-contract.ts';

/** A sentence in both languages of the pages. */
export interface Sentence {
  readonly fr: string;
  readonly en: string;
}

/** `live`: real readings. `demo`: asked for. `offline-demo`: shown because no provider could be reached at start. */
export type ProgramMode = 'live' | 'demo' | 'offline-demo';

/** One quota window of a source's credential. */
export interface SourceQuota {
  /** Key of the use in `store.quota`: `<source>/<credential fingerprint>/<window>`. */
  readonly id: string;
  readonly window: 'minute' | 'hour' | 'day' | 'month';
  readonly limit: number;
  /** Start of the window that holds `now`, and the instant at which the next one begins. */
  bounds(now: Instant): { readonly windowAt: Instant; readonly resetsAt: Instant };
}

/** A configured source, in order of preference. */
export interface ServedSource {
  readonly id: string;
  readonly kind: ObservationKind;
  readonly attribution: { readonly text: string; readonly url: string; readonly licence: string };
  /** Empty when the provider sets no limit. */
  readonly quota: readonly SourceQuota[];
}

/** What is expected of every place; lateness follows from it. */
export interface Cadence {
  readonly everyMs: number;
  /** With `everyMs` it says when a reading is late and when missing: `src/ledger/lateness.ts`. */
  readonly graceMs: number;
}

/** How far one stage is. */
export interface StageStatus {
  /** `poll`, `process`, `forecast`, … in the order of the flow. */
  readonly name: string;
  /** What waits before it; `null` for a stage that reads nothing (`poll`). */
  readonly lagMessages: number | null;
  /** Age of the oldest that waits; 0 when nothing does, `null` as above. */
  readonly lagMs: number | null;
  readonly lastSuccessAt: Instant | null;
  /** False when this process does not run the stage (`--only`). */
  readonly running: boolean;
}

/** A process that works on the store, on whatever machine. */
export interface WorkerStatus {
  readonly host: string;
  readonly pid: number;
  readonly roles: readonly string[];
  readonly startedAt: Instant;
  /** When it last said that it lives. */
  readonly seenAt: Instant;
  readonly holdings: readonly {
    readonly group: string;
    readonly topic: string;
    readonly partitions: readonly number[];
  }[];
}

/** Scores over some pairs of forecast and reading; `null` where there is nothing to score. */
export type SkillScores = Omit<ScorecardReply['byLead'][number], 'leadHours'>;

/** The verified skill of one place's forecasts of the issue times `[from, to)`. */
export type Skill = Omit<ScorecardReply, 'from' | 'to'> & { readonly from: Instant; readonly to: Instant };

/** What a replay did or would do. */
export interface QuarantineReplay {
  /** Ids of entries that were (or would be) appended again. */
  readonly replayed: readonly string[];
  /** Entries that stay, with why. */
  readonly left: readonly { readonly id: string; readonly why: string }[];
}

/** What only the composition root knows about the program that is served. */
export interface Program {
  /** `0.1.0`. */
  readonly version: string;
  readonly mode: ProgramMode;
  readonly startedAt: Instant;
  /** Shown on every page; `null` when there is nothing to say. */
  readonly notice: Sentence | null;
  /** In order of preference; empty for `source: none`. */
  readonly sources: readonly ServedSource[];
  /** `null` when nothing is expected: then no reading is ever late. */
  readonly cadence: Cadence | null;
  /** The poller's plan in one sentence; `null` when nobody polls. */
  plan(): string | null;
  /** When the poller asks next; `null` when it does not or nobody knows. */
  nextAttemptAt(): Instant | null;
  /** Why the program is not ready, one sentence each; empty when it is. */
  reasons(): Promise<readonly string[]>;
  stages(): Promise<readonly StageStatus[]>;
  workers(): Promise<readonly WorkerStatus[]>;
  /**
   * Answers one body of `/predict/` (original-system.md 4).
   *
   * @throws HarmattanError HMT_FORECAST_INPUT with the field
   */
  predict(body: unknown): unknown;
  /**
   * Appends quarantined bytes to the journal again; `dryRun` only says what would be done.
   *
   * @throws HarmattanError HMT_QUARANTINE_UNKNOWN for an id that is not there, before anything is done
   */
  replayQuarantine(request: {
    readonly ids: readonly string[];
    readonly code: string | null;
    readonly dryRun: boolean;
  }): Promise<QuarantineReplay>;
  /** Kinds of channels for alerts that are configured. */
  readonly channels: readonly string[];
  /**
   * The past run through the rules in force, or edited ones.
   *
   * @throws HarmattanError HMT_HTTP_BAD_PARAMETER naming the option of the watch, HMT_WATCH_DRY_RUN_TOO_LONG
   */
  alertsDryRun(request: {
    readonly from: Instant | null;
    readonly to: Instant | null;
    readonly watch: Readonly<Record<string, unknown>>;
  }): Promise<AlertsDryRun>;
  /**
   * Sends a test message to a channel, through the outbox, and waits for it.
   *
   * @throws HarmattanError HMT_WATCH_CHANNEL_UNKNOWN
   */
  testChannel(channel: string): Promise<{
    /** `waiting`: it did not arrive in time and was withdrawn. */
    readonly state: 'delivered' | 'dead' | 'superseded' | 'waiting';
    readonly attempts: number;
    /** Error code of the last attempt that failed. */
    readonly code: string | null;
  }>;
  /** Verified skill of the live forecasts of the last `days` days. */
  scorecard(placeId: string, days: number): Promise<Skill>;
}
