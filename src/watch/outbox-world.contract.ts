import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { silentLogger } from '../core/log.ts';
import { silentMeter } from '../core/meter.ts';
import { seededRandom } from '../core/random.ts';
import { type Instant, type ManualClock, MINUTE_MS, manualClock } from '../core/time.ts';
import { sqliteStore } from '../store/sqlite/store.ts';
import type { Store } from '../store/store.ts';
import { MESSAGE } from './channel-message.contract.ts';
import type { News } from './channel-message.ts';
import type { Notifier } from './notifier.ts';
import { outbox } from './outbox.ts';
import {
  type ChannelTerms,
  DELIVERIES,
  type Deliverable,
  type Delivery,
  newRowChange,
  rowsFor,
  waitingRows,
} from './outbox-row.ts';

const START_AT = Date.UTC(2026, 10, 23, 13);
const GIVE_UP_TURNS = 20_000;

/** An outbox over a real store, on a manual clock, that can be killed and started again. */
export interface OutboxWorld {
  readonly clock: ManualClock;
  readonly store: Store;
  /** Writes what a decision to send leads to. */
  send(news: News, part?: Partial<Deliverable>, channels?: readonly Partial<ChannelTerms>[]): Promise<void>;
  /** Starts delivering; `over` stands between the outbox and its store where a test wants to break in. */
  start(notifiers: readonly Notifier[], over?: Pick<Store, 'documents' | 'facts'>): Running;
  /** Lets time pass whenever everybody waits for it, until `done`; throws when nothing more comes of it. */
  until(done: () => boolean | Promise<boolean>): Promise<void>;
  /** True once nothing waits. */
  isEmpty(): Promise<boolean>;
  deliveries(): Promise<readonly Delivery[]>;
  remove(): Promise<void>;
}

export interface Running {
  stop(): Promise<void>;
  wake(): void;
}

const SLACK: ChannelTerms = { channel: 'slack', minSeverity: 'warning', delayMs: 0 };

export async function outboxWorld(): Promise<OutboxWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'harmattan-outbox-'));
  const clock = manualClock(START_AT);
  const store = sqliteStore({
    folder,
    clock,
    logger: silentLogger,
    nature: 'live',
    preference: ['open-meteo'],
    retentionDays: null,
    watchForeignMs: null,
    fsync: false,
  });
  const context = { clock, random: seededRandom(1), logger: silentLogger, meter: silentMeter };
  let sent = 0;
  const isEmpty = async () => (await waitingRows(store.documents, 1)).length === 0;
  return {
    clock,
    store,
    isEmpty,
    async send(news, part = {}, channels = [SLACK]) {
      sent += 1;
      const notification: Deliverable = {
        id: `n${sent}`,
        news,
        dedupeKey: `place-missing:${part.incidentId ?? 'kolda'}`,
        incidentId: 'kolda',
        severity: 'critical',
        startsAt: START_AT,
        at: clock.now(),
        ...part,
      };
      const rows = rowsFor(
        notification,
        channels.map((terms) => ({ ...SLACK, ...terms })),
      );
      await store.documents.commit(rows.map(newRowChange));
    },
    start(notifiers, over = store) {
      const stop = new AbortController();
      const box = outbox<Deliverable>({
        store: over,
        notifiers,
        context,
        word: ({ news, id }) => ({ ...MESSAGE, news, text: `${id} ${news}` }),
        lookEveryMs: MINUTE_MS,
      });
      const ended = box.run(stop.signal);
      return {
        wake: () => box.wake(),
        stop: async () => {
          stop.abort();
          await ended;
        },
      };
    },
    async until(done) {
      for (let turn = 0; turn < GIVE_UP_TURNS; turn++) {
        if (await done()) return;
        const dueAt = clock.nextDueAt();
        if (dueAt === null) await setImmediate();
        else await clock.advanceTo(dueAt);
      }
      throw new Error('Nothing more comes of it.');
    },
    deliveries: async () =>
      (await store.documents.list<Delivery>(DELIVERIES, { limit: 1000 })).items.map(({ value }) => value),
    async remove() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A notifier with the instants of its calls. */
export function timed(notifier: Notifier, clock: ManualClock): Notifier & { readonly calledAt: Instant[] } {
  const calledAt: Instant[] = [];
  return {
    ...notifier,
    calledAt,
    deliver(envelope, signal) {
      calledAt.push(clock.now());
      return notifier.deliver(envelope, signal);
    },
  };
}

/**
 * Something whose process dies at the `dieAt`-th call into it: just before the call takes effect, or just after. From
 * then on no call does anything and none returns. `calls` counts across everything that shares it.
 */
export interface Mortal {
  readonly dieAt: number;
  readonly when: 'before' | 'after';
  calls: number;
  dead: boolean;
}

export function mortal<T extends object>(thing: T, life: Mortal): T {
  const never = new Promise<never>(() => {});
  return new Proxy(thing, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        if (life.dead) return never;
        life.calls += 1;
        const dies = life.calls === life.dieAt;
        if (dies && life.when === 'before') {
          life.dead = true;
          return never;
        }
        // A failing call is an end like any other: the killed process never learns of it.
        const settled = await Promise.allSettled([value.apply(target, args)]);
        if (dies || life.dead) {
          life.dead = true;
          return never;
        }
        const [result] = settled;
        if (result?.status === 'rejected') throw result.reason;
        return result?.value;
      };
    },
  });
}
