import { DAY_MS, type Instant } from '../core/time.ts';
import { pollRecord } from '../journal/poll-record.ts';
import type { Place } from '../weather/place.ts';
import type { SimulatedProgram } from './program.ts';
import { recordsOf } from './recount.ts';

/** Own forecasts that the store keeps, and those of the providers. */
export async function countForecasts(
  { store }: SimulatedProgram,
  places: readonly Place[],
  { from, to }: { readonly from: Instant; readonly to: Instant },
): Promise<{ readonly forecasts: number; readonly providerForecasts: number }> {
  let [forecasts, providerForecasts] = [0, 0];
  for (const { id } of places) {
    for await (const _ of store.predictions.issues(id, from - DAY_MS, to + DAY_MS)) forecasts += 1;
    for await (const _ of store.predictions.providerIssues(id, from - DAY_MS, to + DAY_MS)) providerForecasts += 1;
  }
  return { forecasts, providerForecasts };
}

/** What the journal tells of polls. */
export async function countPolls({
  journal,
}: SimulatedProgram): Promise<{ readonly rounds: number; readonly calls: number; readonly cost: number }> {
  let [rounds, calls, cost] = [0, 0, 0];
  for await (const { value } of recordsOf(journal, 'polls')) {
    const record = pollRecord.safeParse(JSON.parse(Buffer.from(value).toString('utf8')));
    if (!record.success) continue;
    rounds += 1;
    calls += record.data.calls;
    cost += record.data.cost;
  }
  return { rounds, calls, cost: Math.round(cost * 1000) / 1000 };
}
