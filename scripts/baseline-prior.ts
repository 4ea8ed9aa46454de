import { HOUR_MS } from '../src/core/time.ts';
import { emptyState, LEADS_H } from '../src/forecast/models/baseline-state.ts';
import { diurnalProfile, historyAt } from '../src/forecast/models/diurnal-profile.ts';
import { putReading } from '../src/forecast/models/reading-grid.ts';
import { firstAtOrAfter, listStations, readStation, type Station } from '../src/forecast/station-history.ts';
import { LEVELS } from '../src/weather/prediction.ts';

/**
 * `node scripts/baseline-prior.ts DIR [--without name,…]`: prints the table of src/forecast/models/baseline-prior.ts from
 * the measured stations of DIR. Origins every 17 hours over at most three years of each station, each station with the
 * same weight. The share of an anomaly that is left is a least-squares slope through zero, for profiles of 1 and of 28
 * days; scales are mean absolute errors; shapes are pooled empirical quantiles of error / scale over all leads.
 */

const EVERY_H = 17;
const MOST_HOURS = 3 * 365 * 24;
const CONTEXTS = { day: 25, week: 169, month: 673 } as const;
type Context = keyof typeof CONTEXTS;

/** Per lead: anomaly at the origin, later anomaly, weight. */
type Sample = readonly [anomalyC: number, laterC: number, weight: number];
const samples: Record<Context, Sample[][]> = { day: leads(), week: leads(), month: leads() };
const steps: Sample[][] = leads();

function leads(): Sample[][] {
  return LEADS_H.map(() => []);
}

const [folder = '', , without = ''] = process.argv.slice(2);
for (const entry of listStations(folder).filter(({ name }) => !without.split(',').includes(name)))
  take(await readStation(folder, entry));

function take(station: Station): void {
  const first = station.validAt[0] ?? 0;
  const origins: number[] = [];
  for (let hour = CONTEXTS.month; hour < MOST_HOURS; hour += EVERY_H) origins.push(first + hour * HOUR_MS);
  const known = origins.flatMap((at) => {
    const index = firstAtOrAfter(station, at);
    return station.validAt[index] === at ? [index] : [];
  });
  for (const index of known)
    for (const context of Object.keys(CONTEXTS) as Context[]) sample(station, index, context, 1 / known.length);
}

function sample(station: Station, index: number, context: Context, weight: number): void {
  const origin = station.validAt[index] ?? 0;
  const state = emptyState();
  for (let row = firstAtOrAfter(station, origin - (CONTEXTS[context] - 1) * HOUR_MS); row <= index; row++)
    putReading(state, station.validAt[row] ?? 0, station.temperatureC[row] ?? 0);
  const profile = diurnalProfile(state, origin, historyAt(state, origin).spanHours);
  if (profile === null) return;
  const originC = station.temperatureC[index] ?? 0;
  for (const [lead, leadH] of LEADS_H.entries()) {
    const later = firstAtOrAfter(station, origin + leadH * HOUR_MS);
    if (station.validAt[later] !== origin + leadH * HOUR_MS) continue;
    const laterC = station.temperatureC[later] ?? 0;
    samples[context][lead]?.push([originC - profile.at(origin), laterC - profile.at(origin + leadH * HOUR_MS), weight]);
    if (context === 'month') steps[lead]?.push([0, laterC - originC, weight]);
  }
}

const slope = (rows: readonly Sample[]) =>
  rows.reduce((sum, [a, z, w]) => sum + w * a * z, 0) / rows.reduce((sum, [a, , w]) => sum + w * a * a, 0);
const scale = (rows: readonly Sample[], kept: number) =>
  rows.reduce((sum, [a, z, w]) => sum + w * Math.abs(z - kept * a), 0) / rows.reduce((sum, [, , w]) => sum + w, 0);

/** Weighted empirical quantiles. */
function shapeOf(values: readonly (readonly [value: number, weight: number])[]): readonly number[] {
  const sorted = [...values].sort(([one], [other]) => one - other);
  const total = sorted.reduce((sum, [, weight]) => sum + weight, 0);
  return LEVELS.map((level) => {
    let reached = 0;
    for (const [value, weight] of sorted) {
      reached += weight;
      if (reached >= level * total) return value;
    }
    return Number.NaN;
  });
}

const oneDay = samples.day.map(slope);
const month = samples.month.map(slope);
/** keptAt(28 days) = many + (one − many) / 28. */
const many = month.map((kept, lead) => (28 * kept - (oneDay[lead] ?? 0)) / 27);
const days = { day: 1, week: 7, month: 28 } as const;
const keptOf = (context: Context, lead: number) =>
  (many[lead] ?? 0) + ((oneDay[lead] ?? 0) - (many[lead] ?? 0)) / days[context];
const scaleOf = (context: Context) => samples[context].map((rows, lead) => scale(rows, keptOf(context, lead)));
const persistence = steps.map((rows) => scale(rows, 0));
const monthScale = scaleOf('month');
const round = (values: readonly number[]) => values.map((value) => Math.round(value * 100) / 100);
console.log(
  JSON.stringify(
    {
      keptOfOneDay: round(oneDay),
      keptOfManyDays: round(many),
      scaleC: {
        persistence: round(persistence),
        day: round(scaleOf('day')),
        week: round(scaleOf('week')),
        month: round(monthScale),
      },
      shape: {
        persistence: round(
          shapeOf(steps.flatMap((rows, lead) => rows.map(([, z, w]) => [z / (persistence[lead] ?? 1), w] as const))),
        ),
        profile: round(
          shapeOf(
            samples.month.flatMap((rows, lead) =>
              rows.map(([a, z, w]) => [(z - keptOf('month', lead) * a) / (monthScale[lead] ?? 1), w] as const),
            ),
          ),
        ),
      },
    },
    null,
    1,
  ),
);
