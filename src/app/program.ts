import { createRequire } from 'node:module';
import { HarmattanError } from '../core/errors.ts';
import { silentMeter } from '../core/meter.ts';
import { DAY_MS, type Instant, MINUTE_MS, SECOND_MS } from '../core/time.ts';
import type { Role } from '../folder/role-lock.ts';
import { FORECAST_FACT, FORECAST_GROUP } from '../forecast/forecast-stage.ts';
import { predict } from '../forecast/predict-api.ts';
import { scorecard } from '../forecast/verify/scorecard.ts';
import { INDEX_FACT, INDEX_GROUP } from '../index/index-stage.ts';
import type { ConsumerStatus, Journal } from '../journal/journal.ts';
import type { PollStage } from '../poll/poller.ts';
import { windowEndAt, windowStartAt } from '../poll/quota-window.ts';
import type { Source } from '../poll/source.ts';
import { PLAN_FACT, type PlanFact, type SourceStanding, standingFact } from '../poll/standing.ts';
import { replayQuarantine } from '../process/quarantine.ts';
import { PROCESS_FACT, PROCESS_GROUP } from '../process/runner.ts';
import type { Cadence, Program, ProgramMode, Sentence, ServedSource, StageStatus } from '../serve/program.ts';
import { boundedDryRun } from './alerts.ts';
import { configuredNotifiers } from './channels.ts';
import { forecasterInPlace } from './forecasting.ts';
import { indexes } from './indexing.ts';
import { bodyDecoder } from './sources.ts';
import { sendTestMessage } from './test-message.ts';
import { workersOf } from './workers.ts';
import type { Workplace } from './workplace.ts';

/** The program's version, from package.json. */
export const VERSION: string = (createRequire(import.meta.url)('../../package.json') as { version: string }).version;

export interface ProgramInput {
  readonly workplace: Workplace;
  readonly sources: readonly Source[];
  readonly roles: readonly Role[];
  /** The poll stage of this process; `null` when another process polls, or nobody. */
  readonly poll: PollStage | null;
  readonly mode?: ProgramMode;
  readonly notice?: Sentence | null;
  readonly notReady?: () => readonly string[];
}

/** What the pages and replies must know of the program; read from the store where other processes write it too. */
export async function programOf(input: ProgramInput): Promise<Program> {
  const { workplace, sources, roles } = input;
  const { store, clock } = workplace;
  const forecaster = forecasterInPlace();
  const standings = new StandingCache(workplace);
  await standings.refresh();
  return {
    version: VERSION,
    mode: input.mode ?? (workplace.demo ? 'demo' : 'live'),
    startedAt: clock.now(),
    notice: input.notice ?? null,
    sources: sources.map(servedSource),
    get cadence() {
      return input.poll?.everyMs
        ? { everyMs: input.poll.everyMs, graceMs: workplace.config.poll.graceMinutes * MINUTE_MS }
        : standings.cadence;
    },
    plan: () => standings.plan,
    nextAttemptAt: () => standings.nextAttemptAt,
    async reasons() {
      await standings.refresh();
      return input.notReady?.() ?? [];
    },
    async stages() {
      await standings.refresh();
      return [
        pollStatus(standings, roles),
        await processStatus(workplace, roles),
        await forecastStatus(workplace, roles),
        ...(indexes(workplace) ? [await indexStatus(workplace, roles)] : []),
      ];
    },
    workers: () => workersOf(store.documents, clock.now()),
    predict: (body) => predict(body, { forecaster, maxPoints: workplace.config.http.predictMaxPoints }),
    replayQuarantine: ({ ids, code, dryRun }) =>
      replayQuarantine({
        store,
        journal: workplace.journal,
        ids,
        dryRun,
        decodeBody: bodyDecoder(workplace),
        ...(code === null ? {} : { reason: code }),
      }),
    channels: workplace.demo ? [] : configuredNotifiers(workplace.config, clock).map(({ channel }) => channel),
    async testChannel(channel) {
      if (workplace.demo) throw new HarmattanError('HMT_WATCH_CHANNEL_UNKNOWN', { field: 'channel' });
      const context = { clock, logger: workplace.logger, meter: silentMeter, random: Math.random };
      const { state, attempts, lastError } = await sendTestMessage(workplace, context, channel, TEST_PATIENCE_MS);
      return { state, attempts, code: lastError?.code ?? null };
    },
    alertsDryRun: (request) => boundedDryRun(workplace, request),
    scorecard: cachedScorecards(workplace),
  };
}

/** How long somebody who tries a channel waits before a page. */
const TEST_PATIENCE_MS = 20 * SECOND_MS;

/** How long a scorecard is taken as read: it changes with every reading, but by little, and costs a second. */
const SCORECARD_KEPT_MS = 5 * MINUTE_MS;
const SCORECARDS_KEPT = 200;

/** Scorecards, each computed once for all who ask within minutes. */
function cachedScorecards({ store, clock }: Workplace): Program['scorecard'] {
  const kept = new Map<string, { readonly at: Instant; readonly card: ReturnType<typeof scorecard> }>();
  return (placeId, days) => {
    const key = `${days}/${placeId}`;
    const now = clock.now();
    const known = kept.get(key);
    if (known && Math.abs(now - known.at) < SCORECARD_KEPT_MS) return known.card;
    const card = scorecard({ store, placeId, from: now - days * DAY_MS, to: now });
    kept.delete(key);
    kept.set(key, { at: now, card });
    card.catch(() => kept.delete(key));
    const [oldest] = kept.keys();
    if (kept.size > SCORECARDS_KEPT && oldest !== undefined) kept.delete(oldest);
    return card;
  };
}

function servedSource({ id, capabilities }: Source): ServedSource {
  return {
    id,
    kind: capabilities.kind,
    attribution: capabilities.attribution,
    quota: capabilities.quota.map(({ name, limit }) => ({
      id: `${id}/${capabilities.credential}/${name}`,
      window: name,
      limit,
      bounds: (now) => ({ windowAt: windowStartAt(name, now), resetsAt: windowEndAt(name, now) }),
    })),
  };
}

/** How long the facts are taken as read, ms. */
const KEPT_MS = 1000;

/** The poll stage's facts, read at most once a second: pages ask often, and another process may be the one that polls. */
class StandingCache {
  readonly #workplace: Workplace;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> = Promise.resolve();
  #standings: readonly SourceStanding[] = [];
  plan: string | null = null;
  cadence: Cadence | null = null;

  constructor(workplace: Workplace) {
    this.#workplace = workplace;
  }

  refresh(): Promise<void> {
    const now = this.#workplace.clock.now();
    if (Math.abs(now - this.#readAt) >= KEPT_MS) {
      this.#readAt = now;
      this.#reading = this.#read();
    }
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { store } = this.#workplace;
    const plan = await store.facts.get<PlanFact>(PLAN_FACT);
    this.plan = plan?.sentence ?? null;
    this.cadence = plan && plan.everyMs > 0 ? { everyMs: plan.everyMs, graceMs: plan.graceMs } : null;
    this.#standings = [...(await store.facts.list<SourceStanding>(standingFact(''))).values()];
  }

  get nextAttemptAt(): Instant | null {
    return earliest(this.#standings.map((standing) => standing.nextAttemptAt));
  }

  get lastSuccessAt(): Instant | null {
    const times = this.#standings.map((standing) => standing.lastSuccessAt).filter((at) => at !== null);
    return times.length === 0 ? null : Math.max(...times);
  }
}

function earliest(times: readonly (Instant | null)[]): Instant | null {
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}

const pollStatus = (standings: StandingCache, roles: readonly Role[]): StageStatus => ({
  name: 'poll',
  lagMessages: null,
  lagMs: null,
  lastSuccessAt: standings.lastSuccessAt,
  running: roles.includes('poll'),
});

const processStatus = (workplace: Workplace, roles: readonly Role[]) =>
  readerStatus(workplace, 'process', { group: PROCESS_GROUP, fact: PROCESS_FACT, running: roles.includes('process') });

const indexStatus = (workplace: Workplace, roles: readonly Role[]) =>
  readerStatus(workplace, 'index', { group: INDEX_GROUP, fact: INDEX_FACT, running: roles.includes('index') });

/** A stage that reads the journal: its group's lag, and when it last committed. */
async function readerStatus(
  { journal, store }: Workplace,
  name: string,
  reader: { readonly group: string; readonly fact: string; readonly running: boolean },
): Promise<StageStatus> {
  const lags = await lagsOf(journal, reader.group);
  const fact = await store.facts.get<{ lastSuccessAt: Instant }>(reader.fact);
  return {
    name,
    lagMessages: lags?.reduce((sum, { lagMessages }) => sum + lagMessages, 0) ?? null,
    lagMs: lags && Math.max(0, ...lags.map(({ lagMs }) => lagMs)),
    lastSuccessAt: fact?.lastSuccessAt ?? null,
    running: reader.running,
  };
}

/** `null` while the journal does not answer: what else is known can still be said. */
async function lagsOf(journal: Journal, reader: string): Promise<readonly ConsumerStatus[] | null> {
  try {
    return (await journal.consumers()).filter(({ group }) => group === reader);
  } catch (error) {
    if (error instanceof HarmattanError) return null;
    throw error;
  }
}

async function forecastStatus({ store, clock }: Workplace, roles: readonly Role[]): Promise<StageStatus> {
  const lag = await store.feed.lag(await store.states.position(FORECAST_GROUP));
  const fact = await store.facts.get<{ lastSuccessAt: Instant }>(FORECAST_FACT);
  return {
    name: 'forecast',
    lagMessages: lag.entries,
    lagMs: lag.oldestAt === null ? 0 : Math.max(0, clock.now() - lag.oldestAt),
    lastSuccessAt: fact?.lastSuccessAt ?? null,
    running: roles.includes('forecast'),
  };
}
