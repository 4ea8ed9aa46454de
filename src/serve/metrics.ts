import { HarmattanError } from '../core/errors.ts';
import { DAY_MS, SECOND_MS } from '../core/time.ts';
import { activeAlerts } from '../watch/alert-desk.ts';
import { readForecastErrors } from './forecast-errors.ts';
import type { LiveHub } from './live.ts';
import type { PromMeter } from './meter.ts';
import type { Served } from './served.ts';
import { quotaLeft } from './status.ts';

/** Places beyond this are not shown one by one: a scrape stays small whatever is configured. */
const MOST_PLACES = 500;

/** Reads what already stands in the journal and the store into gauges. Called once per scrape. */
export async function readGauges(served: Served, meter: PromMeter, live: LiveHub): Promise<void> {
  await Promise.all([
    readStages(served, meter),
    readJournal(served, meter),
    readStore(served, meter),
    readForecastErrors(served, meter),
    readAlerts(served, meter),
  ]);
  meter.gauge('harmattan_serve_live_clients', {}, live.clients);
  const { version, mode } = served.program;
  meter.gauge('harmattan_info', { version, mode }, 1);
}

async function readStages({ program }: Served, meter: PromMeter): Promise<void> {
  const [stages, reasons] = await Promise.all([program.stages(), program.reasons()]);
  meter.gauge('harmattan_ready', {}, reasons.length === 0 ? 1 : 0);
  for (const { name, lagMessages, lagMs, lastSuccessAt } of stages) {
    if (lagMessages !== null) meter.gauge('harmattan_stage_lag_messages', { stage: name }, lagMessages);
    if (lagMs !== null) meter.gauge('harmattan_stage_lag_seconds', { stage: name }, lagMs / SECOND_MS);
    if (lastSuccessAt !== null)
      meter.gauge('harmattan_stage_last_success_timestamp_seconds', { stage: name }, lastSuccessAt / SECOND_MS);
  }
}

async function readJournal({ journal }: Served, meter: PromMeter): Promise<void> {
  // A journal that does not answer leaves the other gauges to be read.
  const consumers = await journal.consumers().catch((error: unknown) => {
    if (error instanceof HarmattanError) return [];
    throw error;
  });
  for (const { group, topic, lagMessages, lagMs, lostRecords } of consumers) {
    meter.gauge('harmattan_journal_lag_messages', { group, topic }, lagMessages);
    meter.gauge('harmattan_journal_lag_seconds', { group, topic }, lagMs / SECOND_MS);
    meter.gauge('harmattan_journal_lost_records', { group, topic }, lostRecords);
  }
}

/** Like the reasons below: an alert that is over must read 0. */
const alertKinds = new WeakMap<PromMeter, Map<string, { readonly rule: string; readonly severity: string }>>();

async function readAlerts({ store }: Served, meter: PromMeter): Promise<void> {
  const active = await activeAlerts(store.documents);
  const kinds = alertKinds.get(meter) ?? new Map();
  alertKinds.set(meter, kinds);
  for (const { rule, severity } of active) kinds.set(`${rule}/${severity}`, { rule, severity });
  for (const { rule, severity } of kinds.values()) {
    const count = active.filter((one) => one.rule === rule && one.severity === severity).length;
    meter.gauge('harmattan_watch_active_alerts', { rule, severity }, count);
  }
}

/** Reasons that were in quarantine at an earlier scrape and are no more must read 0, not their last number. */
const quarantineCodes = new WeakMap<PromMeter, Set<string>>();

async function readStore({ store, program, places, clock }: Served, meter: PromMeter): Promise<void> {
  const now = clock.now();
  const shown = places.slice(0, MOST_PLACES).map(({ id }) => id);
  const [slots, quarantine, extent, latest] = await Promise.all([
    store.slots.count(now - DAY_MS, now + 1),
    store.quarantine.count(),
    store.observations.extent(),
    store.observations.latest(shown),
  ]);
  for (const [state, count] of Object.entries(slots)) meter.gauge('harmattan_store_slots', { state }, count);
  const codes = quarantineCodes.get(meter) ?? new Set<string>();
  for (const code of Object.keys(quarantine)) codes.add(code);
  quarantineCodes.set(meter, codes);
  for (const code of codes) meter.gauge('harmattan_store_quarantined', { code }, quarantine[code] ?? 0);
  meter.gauge('harmattan_store_observations', {}, extent?.count ?? 0);
  for (const [place, { validAt }] of latest)
    meter.gauge('harmattan_place_reading_age_seconds', { place }, Math.max(0, now - validAt) / SECOND_MS);
  for (const source of program.sources)
    for (const { window, left } of await quotaLeft(store, source, now))
      meter.gauge('harmattan_poll_quota_left_units', { source: source.id, window }, left);
}
