import { DAY_MS, type Instant, SECOND_MS, toRfc3339 } from '../core/time.ts';
import type { Store } from '../store/store.ts';
import type { Place } from '../weather/place.ts';
import type { Freshness, StatusReply } from './contract.ts';
import type { Cadence, Program, ServedSource } from './program.ts';
import { freshnessOf, instantOf, staleAfter } from './reply.ts';
import { truth } from './truth.ts';

/** What a status is made from; `harmattan status` has the same without a server. */
export interface StatusParts {
  readonly store: Store;
  readonly places: readonly Place[];
  readonly program: Program;
  readonly now: Instant;
}

/** What `/api/v1/status` says. */
export async function statusReply(parts: StatusParts): Promise<StatusReply> {
  const { store, places, program, now } = parts;
  const latest = await store.observations.latest(places.map(({ id }) => id));
  const states = places.map((place) => {
    const reading = latest.get(place.id) ?? null;
    return { place, validAt: reading?.validAt ?? null, state: freshnessOf(reading, program.cadence, now) };
  });
  const count = (state: Freshness) => states.filter((one) => one.state === state).length;
  const [reasons, stages, workers, byCode, extent, counts, sources] = await Promise.all([
    program.reasons(),
    program.stages(),
    program.workers(),
    store.quarantine.count(),
    store.observations.extent(),
    store.slots.count(now - DAY_MS, now + 1),
    Promise.all(program.sources.map((source) => sourceStatus(store, source, now))),
  ]);
  return {
    at: toRfc3339(now),
    version: program.version,
    mode: program.mode,
    simulated: store.nature === 'simulated',
    startedAt: toRfc3339(program.startedAt),
    ready: reasons.length === 0,
    reasons: [...reasons],
    sentence: truth({ states, stages, program, now }),
    notice: program.notice,
    plan: program.plan(),
    nextAttemptAt: instantOf(program.nextAttemptAt()),
    cadence: cadenceReply(program.cadence),
    places: {
      total: places.length,
      fresh: count('fresh'),
      late: count('late'),
      missing: count('missing'),
      empty: count('empty'),
    },
    observations: {
      count: extent?.count ?? 0,
      from: instantOf(extent?.from ?? null),
      to: instantOf(extent?.to ?? null),
    },
    stages: stages.map(({ name, running, lagMessages, lagMs, lastSuccessAt }) => ({
      name,
      running,
      lagMessages,
      lagSeconds: lagMs === null ? null : Math.round(lagMs / SECOND_MS),
      lastSuccessAt: instantOf(lastSuccessAt),
    })),
    workers: workers.map(({ holdings, startedAt, seenAt, roles, ...name }) => ({
      ...name,
      roles: [...roles],
      startedAt: toRfc3339(startedAt),
      seenAt: toRfc3339(seenAt),
      holdings: holdings.map(({ partitions, ...of }) => ({ ...of, partitions: [...partitions] })),
    })),
    slots: { from: toRfc3339(now - DAY_MS), to: toRfc3339(now), counts: { ...counts } },
    quarantine: { total: Object.values(byCode).reduce((sum, one) => sum + one, 0), byCode: { ...byCode } },
    sources,
  };
}

function cadenceReply(cadence: Cadence | null): StatusReply['cadence'] {
  const after = staleAfter(cadence);
  if (!cadence || !after) return null;
  return {
    everySeconds: cadence.everyMs / SECOND_MS,
    lateAfterSeconds: after.lateMs / SECOND_MS,
    missingAfterSeconds: after.missingMs / SECOND_MS,
  };
}

/** A source with what is left of its quota. */
async function sourceStatus(store: Store, source: ServedSource, now: Instant): Promise<StatusReply['sources'][number]> {
  return {
    id: source.id,
    kind: source.kind,
    attribution: { ...source.attribution },
    quota: await quotaLeft(store, source, now),
  };
}

/** What a source's credential has used of each window that is open at `now`. */
export async function quotaLeft(store: Store, { quota }: ServedSource, now: Instant) {
  const uses = await store.quota.read(quota.map(({ id }) => id));
  return quota.map(({ window, limit, bounds }, index) => {
    const { windowAt, resetsAt } = bounds(now);
    const use = uses[index];
    const used = use && use.windowAt >= windowAt ? use.used : 0;
    return { window, limit, used, left: Math.max(0, limit - used), resetsAt: toRfc3339(resetsAt) };
  });
}
