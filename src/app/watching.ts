import { statfs } from 'node:fs/promises';
import type { Context } from '../core/context.ts';
import { DAY_MS, SECOND_MS } from '../core/time.ts';
import type { Role } from '../folder/role-lock.ts';
import { PLAN_FACT, type PlanFact, type SourceStanding, standingFact } from '../poll/standing.ts';
import type { Program } from '../serve/program.ts';
import { timeZoneOf } from '../text/format.ts';
import { heartbeat } from '../watch/heartbeat/heartbeat.ts';
import { messageOf } from '../watch/message.ts';
import type { Notification } from '../watch/notification.ts';
import type { Outbox } from '../watch/outbox.ts';
import type { WatchedProgram } from '../watch/read-signals.ts';
import { type WatchStage, watchStage } from '../watch/watch-stage.ts';
import { channelTerms, configuredNotifiers, publicUrlOf } from './channels.ts';
import type { Workplace } from './workplace.ts';

export interface WatchingInput {
  readonly workplace: Workplace;
  readonly context: Context;
  readonly program: Program;
  readonly outbox: Outbox;
  /** What this process runs. */
  readonly roles: readonly Role[];
  /** Whether processes tell of themselves: without that, only what this one runs is known to run. */
  readonly workersTell: boolean;
  /** A simulated life: nobody silences anything, no disk fills, no channel is told past the store. */
  readonly simulated: boolean;
}

/** The watch over a workplace, with what the program around it knows. */
export function watchStageOf({ workplace, context, program, outbox, ...how }: WatchingInput): WatchStage {
  const { config, store, places, clock, demo } = workplace;
  const isAlone = demo || how.simulated;
  return watchStage({
    store,
    places,
    options: config.watch,
    context,
    program: watchedProgram(workplace, program, how),
    channels: isAlone ? [] : channelTerms(config, clock),
    timeZone: timeZoneOf(workplace.places),
    heartbeat: isAlone ? null : heartbeat(config.heartbeat),
    wake: () => outbox.wake(),
    hearsPeople: !how.simulated,
    ...(isAlone ? {} : { tellDirectly: (notification) => tellDirectly(workplace, notification) }),
  });
}

/** Bound on one call past the outbox. */
const DIRECT_MS = 20 * SECOND_MS;
const COVERAGE_DAYS = 14;
const COVERAGE_PAIRS = 500;
/** Roles of the data flow: where one of them runs nowhere, readings stop. */
const FLOW: readonly Role[] = ['poll', 'process', 'forecast'];

function watchedProgram(
  { store, clock, folder }: Workplace,
  program: Program,
  { roles, workersTell, simulated }: Pick<WatchingInput, 'roles' | 'workersTell' | 'simulated'>,
): WatchedProgram {
  const standings = async () => [...(await store.facts.list<SourceStanding>(standingFact(''))).values()];
  return {
    async plan() {
      const plan = await store.facts.get<PlanFact>(PLAN_FACT);
      return plan && plan.everyMs > 0 ? { everyMs: plan.everyMs, graceMs: plan.graceMs } : null;
    },
    async stages() {
      return Object.fromEntries(
        (await program.stages()).map(({ name, lagMessages, lagMs, running }) => [
          name,
          { lagMessages, lagMs, running: running ? true : null },
        ]),
      );
    },
    ...(workersTell
      ? {
          async running() {
            const found = new Set([...roles, ...(await program.workers()).flatMap((worker) => worker.roles)]);
            const flow = FLOW.map((role) => [role, found.has(role)] as const);
            return { ...Object.fromEntries([...found].map((role) => [role, true])), ...Object.fromEntries(flow) };
          },
        }
      : {}),
    async sources() {
      const byId = new Map((await standings()).map((standing) => [standing.source, standing]));
      const plan = await store.facts.get<PlanFact>(PLAN_FACT);
      return Object.fromEntries(
        (plan?.sources ?? []).map((id) => [id, { lastErrorCode: byId.get(id)?.lastErrorCode ?? null }]),
      );
    },
    async quotas(now) {
      const used: Record<string, number> = {};
      // Of a window of seconds or minutes nothing can be said that still holds when it is read.
      for (const { source, quota } of await standings())
        for (const { window, limit, used: units, ahead = 0, resetsAt } of quota)
          if (window === 'day' || window === 'month')
            used[`${source}/${window}`] = now < resetsAt ? (units + ahead) / limit : 0;
      return used;
    },
    async diskFreeShare() {
      if (simulated) return null;
      const { bavail, blocks } = await statfs(folder);
      return blocks === 0 ? null : bavail / blocks;
    },
    ...(simulated
      ? {}
      : {
          async coverage(placeId) {
            const { overall, from, to } = await program.scorecard(placeId, 2 * COVERAGE_DAYS);
            const extent = await store.observations.extent();
            const days = extent ? (Math.min(to, clock.now()) - Math.max(from, extent.from)) / DAY_MS : 0;
            return overall.n >= COVERAGE_PAIRS && days >= COVERAGE_DAYS ? overall.coverage80 : null;
          },
        }),
  };
}

/** Past the store, which cannot be written: each channel once, whatever the others do. Says whether any took it. */
async function tellDirectly(workplace: Workplace, notification: Notification): Promise<boolean> {
  const { config, clock } = workplace;
  const words = { timeZone: timeZoneOf(workplace.places), publicUrl: publicUrlOf(config) };
  const told = await Promise.allSettled(
    configuredNotifiers(config, clock).map((notifier) => {
      const message = messageOf(notification, { ...words, locale: config[notifier.channel].language });
      const { id, dedupeKey } = notification;
      const deliveryId = `${id}.${notifier.channel}`;
      const envelope = { deliveryId, dedupeKey, message, threadReference: null, uncertainSinceAt: null };
      return notifier.deliver(envelope, AbortSignal.timeout(DIRECT_MS));
    }),
  );
  const isTold = told.some(({ status }) => status === 'fulfilled');
  const failure = told.find(({ status }) => status === 'rejected');
  if (!isTold && failure?.status === 'rejected') throw failure.reason;
  return isTold;
}
