import { SOURCE_IDS } from '../config/config.ts';
import type { Instant } from '../core/time.ts';
import { ROLES, takenRoles } from '../folder/role-lock.ts';
import type { Source } from '../poll/source.ts';
import { PLAN_FACT, type PlanFact } from '../poll/standing.ts';
import type { StatusReply } from '../serve/contract.ts';
import { statusReply } from '../serve/status.ts';
import { programOf } from './program.ts';
import { configuredSources } from './sources.ts';
import type { Workplace } from './workplace.ts';

/** The status document from the folder alone. */
export async function statusOf(workplace: Workplace): Promise<StatusReply> {
  const { store, places, folder, clock } = workplace;
  const running = takenRoles(folder, clock).map(({ role }) => role);
  const sources = await folderSources(workplace);
  const program = await programOf({
    workplace,
    sources,
    poll: null,
    roles: ROLES.filter((role) => running.includes(role)),
  });
  return statusReply({ store, places, program, now: running.length > 0 ? clock.now() : await folderNow(workplace) });
}

/** Where nobody runs, time ends with the folder's last slot: nothing is expected after it. */
async function folderNow({ store, clock }: Workplace): Promise<Instant> {
  const extent = await store.slots.extent();
  if (!extent) return clock.now();
  const plan = await store.facts.get<PlanFact>(PLAN_FACT);
  return Math.min(clock.now(), extent.to + (plan?.everyMs ?? 0));
}

/** The sources of the folder's last run; those that cannot be made from the present configuration are left out. */
async function folderSources({ store, config, demo }: Workplace): Promise<readonly Source[]> {
  const plan = await store.facts.get<PlanFact>(PLAN_FACT);
  if (!plan) return configuredSources(config, demo);
  const sources: Source[] = [];
  for (const id of plan.sources) {
    const known = SOURCE_IDS.find((one) => one === id);
    if (!known || known === 'none') continue;
    const made = await configuredSources({ ...config, source: known }, false).catch(() => []);
    sources.push(...made);
  }
  return sources;
}
