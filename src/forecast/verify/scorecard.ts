import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import type { Store } from '../../store/store.ts';
import type { ObservationKind } from '../../weather/observation.ts';
import type { Prediction } from '../../weather/prediction.ts';
import { type Pair, type Scores, scoresOf } from './scores.ts';

/** Verified skill of the forecasts of one place, frozen as they were issued. */
export interface ScorecardDocument {
  readonly placeId: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly model: string | null;
  /** What the forecasts were held against; `null` when nothing was. An analysis is not an observation. */
  readonly verifiedBy: ObservationKind | 'mixed' | null;
  readonly issues: number;
  readonly overall: Scores;
  readonly byLead: readonly ({ readonly leadHours: number } & Scores)[];
}

export interface ScorecardInput {
  readonly store: Store;
  readonly placeId: string;
  /** Issue times `[from, to)`. */
  readonly from: Instant;
  readonly to: Instant;
}

/** A reading this far from the target hour verifies it. */
const TOLERANCE_MS = 10 * MINUTE_MS;

/** Pairs every kept issue with the readings that came, and scores them by lead (full hours after the issue, rounded up). */
export async function scorecard({ store, placeId, from, to }: ScorecardInput): Promise<ScorecardDocument> {
  const readings = await readingsByHour(store, placeId, from - 2 * DAY_MS, to + 4 * DAY_MS);
  const pairs: Pair[] = [];
  let issues = 0;
  let model: string | null = null;
  for await (const issue of store.predictions.issues(placeId, from, to)) {
    issues++;
    model = issue.model;
    pairs.push(...pairsOf(issue, readings.values));
  }
  const leads = [...new Set(pairs.map(({ leadHours }) => leadHours))].sort((a, b) => a - b);
  return {
    placeId,
    from,
    to,
    model,
    verifiedBy: pairs.length === 0 ? null : readings.kind,
    issues,
    overall: scoresOf(pairs),
    byLead: leads.map((leadHours) => ({
      leadHours,
      ...scoresOf(pairs.filter((pair) => pair.leadHours === leadHours)),
    })),
  };
}

interface HourlyReadings {
  /** Temperature by full hour, °C. */
  readonly values: ReadonlyMap<Instant, number>;
  readonly kind: ObservationKind | 'mixed' | null;
}

/** The reading nearest to each full hour, within the tolerance. Doubtful ones are left out. */
async function readingsByHour(store: Store, placeId: string, from: Instant, to: Instant): Promise<HourlyReadings> {
  const values = new Map<Instant, number>();
  const distances = new Map<Instant, number>();
  const kinds = new Set<ObservationKind>();
  for await (const row of store.observations.stream({ placeId, from, to, which: 'reading' })) {
    const hour = Math.round(row.validAt / HOUR_MS) * HOUR_MS;
    const distance = Math.abs(row.validAt - hour);
    const { temperatureC } = row.values;
    if (
      temperatureC === null ||
      distance > TOLERANCE_MS ||
      distance >= (distances.get(hour) ?? Number.POSITIVE_INFINITY)
    )
      continue;
    if (row.flags.some(({ quantity }) => quantity === 'temperatureC')) continue;
    values.set(hour, temperatureC);
    distances.set(hour, distance);
    kinds.add(row.kind);
  }
  const [kind = null] = kinds;
  return { values, kind: kinds.size > 1 ? 'mixed' : kind };
}

function pairsOf(issue: Prediction, readings: ReadonlyMap<Instant, number>): readonly Pair[] {
  const issueHour = Math.round(issue.issuedAt / HOUR_MS) * HOUR_MS;
  const persistenceC = Math.abs(issueHour - issue.issuedAt) <= TOLERANCE_MS ? (readings.get(issueHour) ?? null) : null;
  return issue.validAt.flatMap((validAt, lead) => {
    const observedC = readings.get(validAt);
    const meanC = issue.meanC[lead];
    if (observedC === undefined || meanC === undefined) return [];
    // The newest same hour of a past day that was known when the forecast was issued.
    const daysBack = Math.ceil((validAt - issue.issuedAt) / DAY_MS);
    return [
      {
        leadHours: Math.ceil((validAt - issue.issuedAt) / HOUR_MS),
        meanC,
        quantilesC: issue.quantilesC?.[lead] ?? null,
        observedC,
        persistenceC,
        yesterdayC: readings.get(validAt - daysBack * DAY_MS) ?? null,
      },
    ];
  });
}
