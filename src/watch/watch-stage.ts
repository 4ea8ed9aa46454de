import type { Context } from '../core/context.ts';
import { DAY_MS, HOUR_MS, type Instant, SECOND_MS } from '../core/time.ts';
import type { DocumentChange } from '../store/document-store.ts';
import type { Store } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import type { WatchOptions } from './config.ts';
import { type Evaluation, evaluate, NEW_STATE, type WatchState } from './evaluate.ts';
import type { Notification } from './notification.ts';
import { isToldAlready, OutageTeller } from './outage.ts';
import { type ChannelTerms, keyOf, newRowChange, rowsFor } from './outbox-row.ts';
import { SignalReader, type WatchedProgram } from './read-signals.ts';
import { deltaOf, type Signals, type SignalsDelta } from './signals.ts';
import { type Silence, silencesFrom } from './silence.ts';
import type { Incidents } from './telling.ts';
import {
  type Acknowledgement,
  ALERT_HISTORY,
  acknowledgements,
  ENDED_ALERTS,
  endedKey,
  type HistoryEntry,
  type KeptState,
  keptState,
  SIGNALS,
  STATE_KEY,
  WATCH,
} from './watch-records.ts';

/** Fact in the store: `{ lastSuccessAt }`, the last good evaluation. */
export const WATCH_FACT = 'watch/last';

export interface WatchStageInput {
  readonly store: Store;
  readonly places: readonly Place[];
  readonly options: WatchOptions;
  readonly context: Context;
  readonly program: WatchedProgram;
  readonly channels: readonly ChannelTerms[];
  readonly timeZone: string;
  /** Told that the watch is alive after each good evaluation; `null` where nobody listens. */
  readonly heartbeat: ((signal: AbortSignal) => Promise<void>) | null;
  /** Told that messages wait. */
  wake(): void;
  /** Whether silences and acknowledgements may come from outside while it runs; not in a simulation. */
  readonly hearsPeople: boolean;
  /** Brings a message straight to the channels, and says whether any took it: only where the store cannot be written. */
  tellDirectly?(notification: Notification): Promise<boolean>;
}

/**
 * Looks at everything every 30 seconds and decides what people are told. Only one process of a folder does (role
 * `watch`). What it knew, what it decided and what has to be sent are one commit: a process killed anywhere sends nothing
 * twice and forgets nothing.
 */
export interface WatchStage {
  run(signal: AbortSignal): Promise<void>;
  /** One evaluation now. */
  tick(now: Instant): Promise<void>;
}

const FULL_EVERY_MS = 6 * HOUR_MS;
const MARK_EVERY_MS = 5 * 60 * SECOND_MS;
const KEEP_HISTORY_MS = 366 * DAY_MS;
/** Transitions of one evaluation that the history takes; a source that stops moves every place at once. */
const MOST_TRANSITIONS = 500;

export function watchStage(input: WatchStageInput): WatchStage {
  return new Stage(input);
}

class Stage implements WatchStage {
  readonly #input: WatchStageInput;
  readonly #reader: SignalReader;
  readonly #places: ReadonlyMap<string, Place>;
  #kept: { readonly state: WatchState; readonly version: number } | null = null;
  #signals: Signals | null = null;
  #nextAt: Instant | null = null;
  #silences: readonly Silence[] = [];
  #acknowledged: ReadonlyMap<string, Acknowledgement> = new Map();
  #outside = '';
  #fullAt: Instant = Number.NEGATIVE_INFINITY;
  #markedAt: Instant = Number.NEGATIVE_INFINITY;
  #stoppedAt: Instant | null | undefined = undefined;
  #lookedAt: Instant | null = null;
  readonly #outage: OutageTeller;

  constructor(input: WatchStageInput) {
    this.#input = input;
    this.#reader = new SignalReader({
      ...input,
      channels: input.channels.map(({ channel }) => channel),
      logger: input.context.logger,
    });
    this.#places = new Map(input.places.map((place) => [place.id, place]));
    this.#outage = new OutageTeller(input.context, input.tellDirectly);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { context, options } = this.#input;
    const everyMs = options.everySeconds * SECOND_MS;
    while (!signal.aborted) {
      const now = context.clock.now();
      await context.clock.sleep(Math.floor(now / everyMs) * everyMs + everyMs - now, signal);
      if (signal.aborted) break;
      await this.#guardedTick(Math.floor(context.clock.now() / everyMs) * everyMs, signal);
    }
    await this.#mark(context.clock.now(), true).catch(() => {});
  }

  async #guardedTick(now: Instant, signal: AbortSignal): Promise<void> {
    const { context, heartbeat } = this.#input;
    try {
      await this.tick(now);
    } catch (thrown) {
      // Whatever was in hand may be stale: read again.
      this.#kept = null;
      await this.#outage.failed(thrown, now);
      return;
    }
    if (!heartbeat) return;
    await heartbeat(signal).catch((error: unknown) => {
      context.logger.debug('The heartbeat was not taken.', { reason: String(error) });
    });
  }

  async tick(now: Instant): Promise<void> {
    const { context, options, timeZone } = this.#input;
    const begunAt = context.clock.now();
    const kept = await this.#load(now);
    const read = await this.#reader.read(now);
    const outage = this.#outage.endedAt(now);
    const signals = outage === null ? read : { ...read, outage };
    const heard = await this.#hearPeople(now);
    const delta = signals === this.#signals ? NO_CHANGE : deltaOf(this.#signals, signals);
    const isNews = Object.keys(delta).length > 0 || heard || this.#signals === null;
    if (isNews || this.#nextAt === null || now >= this.#nextAt) {
      const result = evaluate({
        before: kept.state,
        signals,
        silences: this.#silences,
        acknowledged: this.#acknowledged,
        at: now,
        options,
        places: this.#places,
        timeZone,
      });
      await this.#commit(result, { signals, delta, isNews }, now);
      this.#nextAt = result.nextAt ?? Number.POSITIVE_INFINITY;
      this.#signals = signals;
      context.meter.count('harmattan_watch_evaluations_total', {});
      const tookMs = Math.max(0, context.clock.now() - begunAt);
      context.meter.observe('harmattan_watch_evaluation_seconds', {}, tookMs / SECOND_MS);
    }
    this.#lookedAt = now;
    await this.#mark(now, false);
    this.#outage.over();
  }

  /**
   * State, messages, history and inputs as one; the state first, so that a cut leaves what is to be repeated. Inputs that
   * change nothing are kept alone.
   */
  async #commit(result: Evaluation, { signals, delta, isNews }: Seen, now: Instant): Promise<void> {
    const { store, channels, context } = this.#input;
    const kept = this.#kept as { readonly state: WatchState; readonly version: number };
    const outgoing: DocumentChange[] = [];
    const add = (collection: string, key: string, value: unknown) =>
      outgoing.push({ collection, key, value, version: null });
    let number = 0;
    const note = (entry: HistoryEntry) =>
      // With the version, because a watch that is started anew may evaluate once more at the same instant.
      add(ALERT_HISTORY, `${keyOf(entry.at)}/${kept.version + 1}-${String(number++).padStart(4, '0')}`, entry);
    for (const transition of result.transitions.slice(0, MOST_TRANSITIONS)) {
      note({ kind: 'transition', ...transition });
      const { to, rule, scope, cause } = transition;
      if (to === 'error') context.logger.error('A rule could not be evaluated.', { rule, scope, code: cause });
    }
    for (const notification of result.notifications) {
      const rows = rowsFor(notification, this.#channelsFor(notification, channels));
      if (!isToldAlready(notification)) outgoing.push(...rows.map(newRowChange));
      note(
        newsOf(
          notification,
          rows.map(({ channel }) => channel),
        ),
      );
      context.logger[notification.news === 'firing' ? 'warn' : 'info']('An alert is told.', {
        news: notification.news,
        alert: notification.alertId,
        rule: notification.rule,
        severity: notification.severity,
        places: notification.places.map(({ id }) => id).join(' '),
      });
      context.meter.count('harmattan_watch_notifications_total', { news: notification.news });
    }
    for (const incident of result.closed) add(ENDED_ALERTS, endedKey(incident), incident);
    const isIdle = outgoing.length === 0 && same(kept.state, result.state);
    if (isIdle && !isNews) return;
    const value: KeptState = { state: result.state, outgoing };
    const version = kept.version + (isIdle ? 0 : 1);
    const inputs = {
      collection: SIGNALS,
      key: keyOf(now),
      value: this.#keptSignals(signals, delta, now),
      version: null,
    };
    const state = { collection: WATCH, key: STATE_KEY, value, version };
    await store.documents.commit(isIdle ? [inputs] : [state, ...outgoing, inputs]);
    this.#kept = { state: result.state, version };
    if (result.notifications.length > 0) this.#input.wake();
  }

  #keptSignals(signals: Signals, delta: SignalsDelta, now: Instant) {
    const full = this.#signals === null || now - this.#fullAt >= FULL_EVERY_MS;
    if (full) this.#fullAt = now;
    const everyMs = this.#input.options.everySeconds * SECOND_MS;
    const isGap = this.#lookedAt !== null && now - this.#lookedAt > everyMs;
    const stoppedAt = isGap ? this.#lookedAt : this.#stoppedAt;
    const started = stoppedAt === undefined ? {} : { stoppedAt, everyMs };
    this.#stoppedAt = undefined;
    return { at: now, full, delta: full ? signals : delta, ...started };
  }

  /** That a channel fails is told on the others. */
  #channelsFor({ rule, labels }: Notification, channels: readonly ChannelTerms[]): readonly ChannelTerms[] {
    return rule === 'channel-failing' ? channels.filter(({ channel }) => channel !== labels.channel) : channels;
  }

  async #load(now: Instant): Promise<{ readonly state: WatchState; readonly version: number }> {
    if (this.#kept) return this.#kept;
    const { store } = this.#input;
    const found = await keptState(store.documents);
    // What a cut left unwritten is written now; what is there already stays as it is.
    if (found && found.value.outgoing.length > 0) await store.documents.commit(found.value.outgoing);
    this.#stoppedAt = (await store.facts.get<{ lastSuccessAt: Instant }>(WATCH_FACT))?.lastSuccessAt ?? null;
    this.#kept = { state: found?.value.state ?? NEW_STATE, version: found?.version ?? 0 };
    for (const collection of [ALERT_HISTORY, ENDED_ALERTS])
      await store.documents.drop(collection, keyOf(now - KEEP_HISTORY_MS), 1000);
    return this.#kept;
  }

  /** Whether somebody silenced or acknowledged something since the last look. */
  async #hearPeople(now: Instant): Promise<boolean> {
    const { store, hearsPeople } = this.#input;
    if (!hearsPeople && this.#signals !== null) return false;
    this.#silences = await silencesFrom(store.documents, now - HOUR_MS);
    this.#acknowledged = await acknowledgements(store.documents);
    const outside = JSON.stringify([this.#silences, [...this.#acknowledged.values()]]);
    const heard = outside !== this.#outside;
    this.#outside = outside;
    return heard;
  }

  async #mark(now: Instant, force: boolean): Promise<void> {
    if (!force && Math.abs(now - this.#markedAt) < MARK_EVERY_MS) return;
    this.#markedAt = now;
    const { store, options } = this.#input;
    await store.facts.set(WATCH_FACT, { lastSuccessAt: now });
    await store.documents.drop(SIGNALS, keyOf(now - options.signalDays * DAY_MS), 5000);
  }
}

/** What one look saw, and what of it is new. */
interface Seen {
  readonly signals: Signals;
  readonly delta: SignalsDelta;
  readonly isNews: boolean;
}

const NO_CHANGE: SignalsDelta = {};

/** Whether two states differ by their instant at most: what an evaluation leaves as it is stays the same object. */
const same = (one: WatchState, other: WatchState): boolean =>
  one.instances === other.instances &&
  one.aliveDay === other.aliveDay &&
  one.announcedEnds.join() === other.announcedEnds.join() &&
  sameMembers(one.incidents, other.incidents);

function sameMembers(one: Incidents, other: Incidents): boolean {
  const names = Object.keys(other);
  return names.length === Object.keys(one).length && names.every((name) => one[name] === other[name]);
}

const newsOf = ({ at, news, alertId, rule, places }: Notification, channels: readonly string[]): HistoryEntry => ({
  kind: 'news',
  at,
  news,
  alertId,
  rule: rule ?? news,
  places: places.map(({ id }) => id),
  channels,
});
