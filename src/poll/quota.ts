import type { Clock, Instant } from '../core/time.ts';
import type { QuotaStore } from '../store/quota-store.ts';
import { type PollPlan, unitsAhead } from './plan.ts';
import { type WindowName, windowEndAt, windowStartAt } from './quota-window.ts';
import type { SourceCapabilities } from './source.ts';

/**
 * What a call is for. `plan`: a place's first try in a round; it may use the whole limit. `again`: second tries and halved
 * batches; they leave what the coming rounds of every window need. `holes`: filling them can wait, so it also leaves the
 * plan's reserve to second tries, less and less of it as the window goes by.
 */
export type QuotaPurpose = 'plan' | 'again' | 'holes';

/** Room in every window, or the window that has none. */
export type QuotaAnswer =
  | { readonly granted: true; readonly chargedAt: Instant }
  | { readonly granted: false; readonly window: WindowName; readonly resetsAt: Instant };

/** How much of one window is used and still needed, for the status page and the watch. */
export interface QuotaReading {
  readonly window: WindowName;
  readonly limit: number;
  readonly used: number;
  /** Units that the plan's rounds after the present one need until the window starts anew. */
  readonly ahead: number;
  readonly resetsAt: Instant;
}

export interface QuotaGate {
  /**
   * Charges `cost` to every window before the call is made; durable before it resolves.
   *
   * @param outstanding units of the present round whose first try is still to come; left free by the others
   */
  reserve(cost: number, purpose: QuotaPurpose, outstanding?: number): Promise<QuotaAnswer>;
  /**
   * After the call: a call that began in one window and ended in the next was charged by the provider to one of them,
   * nobody here knows which, so it is charged to both.
   */
  settle(cost: number, chargedAt: Instant): Promise<void>;
  read(): Promise<readonly QuotaReading[]>;
}

export interface QuotaGateOptions {
  readonly sourceId: string;
  readonly capabilities: Pick<SourceCapabilities, 'quota' | 'credential'>;
  readonly plan: Pick<PollPlan, 'everyMs' | 'costPerRound' | 'reserveShare'>;
  readonly store: QuotaStore;
  readonly clock: Clock;
}

/** The quota of one credential, counted in the store so that it survives restarts and is shared between processes. */
export function quotaGate({ sourceId, capabilities, plan, store, clock }: QuotaGateOptions): QuotaGate {
  const windows = capabilities.quota;
  const idOf = (name: WindowName) => `${sourceId}/${capabilities.credential}/${name}`;

  /** Units of a window that a call for this purpose may not touch. */
  const kept = (purpose: QuotaPurpose, name: WindowName, limit: number, at: Instant, outstanding: number) => {
    if (purpose === 'plan') return 0;
    const ahead = outstanding + unitsAhead(name, at, plan);
    if (purpose === 'again') return ahead;
    const [startAt, endAt] = [windowStartAt(name, at), windowEndAt(name, at)];
    return ahead + (limit * plan.reserveShare * (endAt - at)) / (endAt - startAt);
  };

  return {
    async reserve(cost, purpose, outstanding = 0) {
      const at = clock.now();
      if (windows.length === 0 || cost <= 0) return { granted: true, chargedAt: at };
      const asked = windows.map(({ name, limit }) => ({
        id: idOf(name),
        windowAt: windowStartAt(name, at),
        limit: limit - kept(purpose, name, limit, at, outstanding),
      }));
      const full = await store.reserve(asked, cost);
      if (full === null) return { granted: true, chargedAt: at };
      const window = windows.find(({ name }) => idOf(name) === full) ?? windows[0];
      const name = window?.name ?? 'day';
      return { granted: false, window: name, resetsAt: windowEndAt(name, at) };
    },

    async settle(cost, chargedAt) {
      const at = clock.now();
      const turned = windows.filter(({ name }) => windowStartAt(name, at) > windowStartAt(name, chargedAt));
      if (turned.length === 0 || cost <= 0) return;
      await store.reserve(
        turned.map(({ name }) => ({
          id: idOf(name),
          windowAt: windowStartAt(name, at),
          limit: Number.MAX_SAFE_INTEGER,
        })),
        cost,
      );
    },

    async read() {
      const at = clock.now();
      const uses = await store.read(windows.map(({ name }) => idOf(name)));
      return windows.map(({ name, limit }, index) => {
        const use = uses[index];
        const used = use && use.windowAt >= windowStartAt(name, at) ? use.used : 0;
        return { window: name, limit, used, ahead: unitsAhead(name, at, plan), resetsAt: windowEndAt(name, at) };
      });
    },
  };
}
