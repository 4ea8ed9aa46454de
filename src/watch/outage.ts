import type { Context } from '../core/context.ts';
import { HarmattanError } from '../core/errors.ts';
import type { Instant } from '../core/time.ts';
import type { Transition } from './instance.ts';
import type { Notification, RuleId } from './notification.ts';
import type { Outage } from './signals.ts';

/** Evaluations that must fail in a row before it is told. */
export const FAILURES_BORNE = 3;

/** Counts evaluations that fail, and tells of them past the store: once, until one works again. */
export class OutageTeller {
  readonly #context: Context;
  readonly #tellDirectly: ((notification: Notification) => Promise<boolean>) | null;
  #failures = 0;
  #code = '';
  #fromAt: Instant = 0;
  #toldAt: Instant | null = null;

  constructor(context: Context, tellDirectly: ((notification: Notification) => Promise<boolean>) | undefined) {
    this.#context = context;
    this.#tellDirectly = tellDirectly ?? null;
  }

  async failed(thrown: unknown, now: Instant): Promise<void> {
    const { logger, meter } = this.#context;
    const code = codeOf(thrown);
    logger.error('The watch could not evaluate; trying again.', { code, reason: String(thrown) });
    meter.count('harmattan_watch_failures_total', { code });
    if (this.#failures++ === 0) this.#fromAt = now;
    this.#code = code;
    if (this.#failures !== FAILURES_BORNE || this.#tellDirectly === null) return;
    try {
      if (await this.#tellDirectly(outageNotification('firing', { code, fromAt: this.#fromAt }, now)))
        this.#toldAt = now;
    } catch (error) {
      logger.error('That the watch cannot evaluate could not be told either.', { reason: String(error) });
    }
  }

  /** What an evaluation that works now brings to its end; `null`: nothing, or too little to speak of. */
  endedAt(now: Instant): Outage | null {
    if (this.#failures < FAILURES_BORNE) return null;
    return { code: this.#code, fromAt: this.#fromAt, toldAt: this.#toldAt, endedAt: now };
  }

  /** What was decided is written: it is over. */
  over(): void {
    if (this.#failures >= FAILURES_BORNE) this.#context.logger.info('The watch can evaluate again.', {});
    this.#failures = 0;
    this.#toldAt = null;
  }
}

export const codeOf = (thrown: unknown): string => (thrown instanceof HarmattanError ? thrown.code : 'HMT_CLI_DEFECT');

/** A store that fails says so by its code; anything else is the watch's own failure. */
const ruleOf = (code: string): RuleId => (code.startsWith('HMT_STORE_') ? 'store-error' : 'evaluation-failed');

/** What the evaluation that ends an outage adds to its own: the state `error` of all this time, and that it is over. */
export function outageNews(
  outage: Outage | null | undefined,
  at: Instant,
): { readonly transitions: readonly Transition[]; readonly notifications: readonly Notification[] } {
  if (!outage || outage.endedAt !== at) return { transitions: [], notifications: [] };
  const { code, fromAt, toldAt } = outage;
  const about = { rule: ruleOf(code), scope: 'store', cause: code } as const;
  return {
    transitions: [
      { ...about, at: fromAt, from: 'normal', to: 'error' },
      { ...about, at, from: 'error', to: 'normal' },
    ],
    notifications:
      toldAt === null ? [] : [outageNotification('firing', outage, toldAt), outageNotification('resolved', outage, at)],
  };
}

/** Whether the message was sent while the store failed: it is history, and not to be sent again. */
export const isToldAlready = ({ incidentId, news }: Notification): boolean =>
  incidentId.startsWith(OUTAGE) && news === 'firing';

const OUTAGE = 'store-';

function outageNotification(
  news: 'firing' | 'resolved',
  { code, fromAt }: Pick<Outage, 'code' | 'fromAt'>,
  at: Instant,
): Notification {
  const rule = ruleOf(code);
  const incidentId = `${OUTAGE}${fromAt.toString(36)}`;
  return {
    id: `${incidentId}-${news}`,
    news,
    dedupeKey: `${rule}:store`,
    incidentId,
    alertId: 'store',
    rule,
    severity: 'critical',
    startsAt: fromAt,
    endsAt: news === 'resolved' ? at : null,
    at,
    places: [],
    placeCount: 0,
    placeTotal: 0,
    labels: {},
    cause: { code, detail: null },
    expected: null,
    limit: null,
    count: null,
  };
}
