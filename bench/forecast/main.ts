import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { forecasterFrom } from '../../src/app/forecasting.ts';
import { DAY_MS, HOUR_MS, type Instant, toRfc3339 } from '../../src/core/time.ts';
import { backtest } from '../../src/forecast/backtest.ts';
import { PRIOR_FILE } from '../../src/forecast/shipped-prior.ts';
import { trainFolder } from '../../src/forecast/train/train-folder.ts';
import { type Figure, printFigures } from '../machine.ts';
import { type ModelScores, printScores, type Said, scoresOf } from './accuracy.ts';
import { heldOutFigures } from './held-out.ts';
import { baselines, type RivalSaid, runRivals } from './rivals.ts';
import { speedFigures } from './speed.ts';
import { CONTEXT_DAYS, type Window, windowsOf } from './windows.ts';

/**
 * `npm run bench:forecast`: every target of the forecaster with its figure. Each station is a stranger: its coefficients
 * come from the others (made once by `train --leave-one-out` into the ignored folder `tmp/prior`). The rivals run where
 * Python is: `python3 -m venv tmp/rivals && tmp/rivals/bin/pip install statsforecast prophet`; what they said is kept in
 * `tmp/rivals-said.ndjson`.
 */
const { values: flags } = parseArgs({
  options: {
    stations: { type: 'string', default: join('..', 'shared', 'data', 'hourly') },
    prior: { type: 'string', default: join('tmp', 'prior') },
    'evaluate-only': { type: 'string', default: 'sn-saint-louis-purpleair' },
    only: { type: 'string' },
    windows: { type: 'string', default: '4' },
    python: { type: 'string', default: join('tmp', 'rivals', 'bin', 'python') },
    said: { type: 'string', default: join('tmp', 'rivals-said.ndjson') },
  },
});
const only = flags.only?.split(',') ?? [];
const figures: Figure[] = [...speedFigures()];

if (existsSync(join(flags.stations, 'stations.csv'))) {
  await makePrior();
  figures.push(...(await heldOutFigures(flags.stations, flags.prior, only)));
  figures.push(...(await againstRivals(await windowsOf(flags.stations, only, Number(flags.windows)))));
} else console.log(`LEFT OUT: ${flags.stations} has no stations; only the speed is measured.`);
printFigures('The forecaster', figures);

async function makePrior(): Promise<void> {
  if (existsSync(join(flags.prior, PRIOR_FILE))) return;
  console.error(`training coefficients without each station into ${flags.prior} …`);
  await trainFolder({
    stationsFolder: flags.stations,
    outFolder: flags.prior,
    evaluateOnly: flags['evaluate-only'].split(',').filter((name) => name !== ''),
    leaveOneOut: true,
    command: 'npm run bench:forecast',
  });
}

async function againstRivals(windows: readonly Window[]): Promise<readonly Figure[]> {
  const ours = new Map<string, readonly (Said | undefined)[]>([
    [`harmattan, ${CONTEXT_DAYS} days`, await oursIn(windows, CONTEXT_DAYS * DAY_MS)],
    ['harmattan, its whole past', await oursIn(windows, undefined)],
  ]);
  const run = await rivalsWhereTheyRun(windows);
  const rivals = new Map([...baselines(windows), ...run]);
  const all = [...ours, ...rivals];
  // A sample that is the same for all: only windows that every model answered.
  const kept = windows.flatMap((_, index) => (all.every(([, said]) => said[index] !== undefined) ? [index] : []));
  const observed = kept.map((index) => windows[index]?.observed ?? []);
  const scores = all.map(([model, said]) =>
    scoresOf(
      model,
      kept.flatMap((index) => said[index] ?? []),
      observed,
    ),
  );
  const [short, whole, ...others] = scores as [ModelScores, ModelScores, ...ModelScores[]];
  const title = `${kept.length} windows of 48 h that all answered (of ${windows.length}), ${CONTEXT_DAYS} days of history`;
  printScores(title, short, [short, whole, ...others.sort((one, other) => one.maeC - other.maeC)]);
  // Without the rivals the best of the others is no measure.
  return run.size === 0 ? [] : [...margins(short, others, 12, 15), ...margins(whole, others, 15, 18)];
}

function margins(ours: ModelScores, others: readonly ModelScores[], mae: number, crps: number): readonly Figure[] {
  const best = (of: (scores: ModelScores) => number) =>
    others.reduce((least, one) => (of(one) < of(least) ? one : least), others[0] ?? ours);
  return (
    [
      ['MAE', (one: ModelScores) => one.maeC, mae],
      ['CRPS', (one: ModelScores) => one.crpsC, crps],
    ] as const
  ).map(([name, of, atLeast]) => {
    const rival = best(of);
    return {
      what: `${ours.model}: ${name} below the best rival (${rival.model})`,
      measured: 100 * (1 - of(ours) / of(rival)),
      unit: '%',
      target: { atLeast },
    };
  });
}

async function oursIn(
  windows: readonly Window[],
  contextMs: number | undefined,
): Promise<readonly (Said | undefined)[]> {
  const issues = new Map<string, Instant[]>();
  for (const { station, issuedAt } of windows)
    issues.set(station.name, [...(issues.get(station.name) ?? []), issuedAt]);
  const said = new Map<string, Said>();
  await backtest({
    stationsFolder: flags.stations,
    issues,
    ...(contextMs === undefined ? {} : { contextMs }),
    everyMs: HOUR_MS,
    horizonHours: 48,
    forecasterFor: forecasterFrom(flags.prior),
    onIssue: async ({ station, issuedAt, mean, quantiles }) => {
      said.set(`${station} ${issuedAt}`, { mean, quantiles, seconds: 0 });
    },
  });
  return windows.map(({ station, issuedAt }) => said.get(`${station.name} ${toRfc3339(issuedAt)}`));
}

async function rivalsWhereTheyRun(windows: readonly Window[]): Promise<RivalSaid> {
  if (existsSync(flags.python)) return runRivals(flags.python, windows, flags.said);
  console.log(`LEFT OUT: ${flags.python} is not there; Prophet and statsforecast are not run.`);
  return new Map();
}
