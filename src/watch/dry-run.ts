import { setImmediate } from 'node:timers/promises';
import { HarmattanError } from '../core/errors.ts';
import type { Instant } from '../core/time.ts';
import type { DocumentStore } from '../store/document-store.ts';
import type { FactStore } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import type { WatchOptions } from './config.ts';
import { evaluate, NEW_STATE, type WatchState } from './evaluate.ts';
import { documentsBetween, isAlert, type ToldAlert, toldBy } from './history.ts';
import type { OriginalAlarm } from './original-rule.ts';
import { applyDelta, type Signals } from './signals.ts';
import { type Silence, silencesFrom } from './silence.ts';
import { type Acknowledgement, acknowledgements, type KeptSignals, SIGNALS } from './watch-records.ts';
import { WATCH_FACT } from './watch-stage.ts';

export interface DryRunInput {
  readonly documents: DocumentStore;
  readonly facts: FactStore;
  readonly places: readonly Place[];
  /** The rules to try: those in force, or edited ones. */
  readonly options: WatchOptions;
  readonly timeZone: string;
  readonly from: Instant;
  readonly to: Instant;
  /** Evaluations at most; by default as many as there are. */
  readonly most?: number;
}

/** The past run through rules, beside what was told and what the original would have sent. */
export interface AlertsDryRun {
  readonly from: Instant;
  readonly to: Instant;
  readonly alerts: readonly ToldAlert[];
  readonly sent: readonly ToldAlert[];
  readonly original: readonly OriginalAlarm[];
  /** The oldest inputs that are kept; `null` where the watch has never run. */
  readonly signalsFrom: Instant | null;
}

export interface DryRun {
  /** What these rules would have told in `[from, to)`, and when. */
  readonly alerts: readonly ToldAlert[];
  /** The oldest inputs that are kept; `null` where the watch has never evaluated anything. */
  readonly signalsFrom: Instant | null;
  readonly evaluations: number;
}

/** So many places are evaluated before whatever else the process does has its turn. */
const PLACES_AT_ONCE = 500;

/**
 * Runs the past through the rules. Every evaluation's inputs were kept, so that unedited rules give exactly what was
 * told. Begins at the oldest inputs there are, whatever `from` is: what was wrong before is known by then.
 *
 * @throws HarmattanError HMT_WATCH_DRY_RUN_TOO_LONG
 */
export async function dryRun(input: DryRunInput): Promise<DryRun> {
  const { documents, facts, from, to, most = Number.POSITIVE_INFINITY } = input;
  const breath = Math.max(1, Math.floor(PLACES_AT_ONCE / input.places.length));
  let breathAt = breath;
  const past = new Past(input, await silencesFrom(documents, 0), await acknowledgements(documents));
  let signalsFrom: Instant | null = null;
  for await (const kept of documentsBetween<KeptSignals>(documents, SIGNALS, 0, to)) {
    if (signalsFrom === null && !kept.full) continue;
    signalsFrom ??= kept.at;
    past.untilBefore(kept.at, kept.stoppedAt);
    past.see(kept);
    if (past.evaluations > most) throw new HarmattanError('HMT_WATCH_DRY_RUN_TOO_LONG');
    if (past.evaluations >= breathAt) {
      breathAt = past.evaluations + breath;
      await setImmediate();
    }
  }
  const lastAt = (await facts.get<{ lastSuccessAt: Instant }>(WATCH_FACT))?.lastSuccessAt ?? null;
  if (signalsFrom !== null) past.untilBefore(to, lastAt);
  const alerts = past.told.filter(({ at }) => at >= from && at < to);
  return { alerts, signalsFrom, evaluations: past.evaluations };
}

/** One more life of the watch, from what the first one saw. */
class Past {
  readonly #input: DryRunInput;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #silences: readonly Silence[];
  readonly #acknowledged: ReadonlyMap<string, Acknowledgement>;
  readonly told: ToldAlert[] = [];
  evaluations = 0;
  #state: WatchState = NEW_STATE;
  #signals: Signals | null = null;
  #nextAt: Instant | null = null;
  #everyMs = 1;

  constructor(input: DryRunInput, silences: readonly Silence[], acknowledged: ReadonlyMap<string, Acknowledgement>) {
    this.#input = input;
    this.#places = new Map(input.places.map((place) => [place.id, place]));
    this.#silences = silences;
    this.#acknowledged = acknowledged;
  }

  /** Evaluations that came by themselves before `at`; while the watch was stopped there were none. */
  untilBefore(at: Instant, stoppedAt: Instant | null | undefined): void {
    for (;;) {
      if (this.#nextAt === null) return;
      const tickAt = Math.ceil(this.#nextAt / this.#everyMs) * this.#everyMs;
      if (tickAt >= at || (stoppedAt !== undefined && (stoppedAt === null || tickAt > stoppedAt))) return;
      this.#evaluate(tickAt);
    }
  }

  see({ at, full, delta, everyMs }: KeptSignals): void {
    this.#signals = full ? (delta as Signals) : applyDelta(this.#signals, delta);
    this.#everyMs = everyMs ?? this.#everyMs;
    this.#evaluate(at);
  }

  #evaluate(at: Instant): void {
    if (this.#signals === null) return;
    const { options, timeZone } = this.#input;
    const result = evaluate({
      before: this.#state,
      signals: this.#signals,
      silences: this.#silences.filter(({ createdAt }) => createdAt <= at),
      acknowledged: new Map([...this.#acknowledged].filter(([, one]) => one.at <= at)),
      at,
      options,
      places: this.#places,
      timeZone,
    });
    this.#state = result.state;
    this.#nextAt = result.nextAt;
    this.evaluations++;
    this.told.push(...result.notifications.map(toldBy).filter(isAlert));
  }
}
