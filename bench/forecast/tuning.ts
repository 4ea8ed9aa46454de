import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { forecasterFrom } from '../../src/app/forecasting.ts';
import { DAY_MS, HOUR_MS, type Instant, toRfc3339 } from '../../src/core/time.ts';
import { type BacktestReport, backtest } from '../../src/forecast/backtest.ts';
import { listStations, readStation } from '../../src/forecast/station-history.ts';
import { trainFolder } from '../../src/forecast/train/train-folder.ts';

/**
 * `npm run bench:tuning`: how the engine as it stands in the code does where its settings may be chosen. Every station
 * loses its last year (the test), and who has no two years before that is left out; what is left is a folder of stations
 * like any other, whose own last year the coefficients do not know: each station is a stranger to them, as in the test.
 * A setting is taken when it is better here; the test is looked at once, after all were chosen.
 */
const { values: flags } = parseArgs({
  options: {
    stations: { type: 'string', default: join('..', 'shared', 'data', 'hourly') },
    folder: { type: 'string', default: join('tmp', 'tuning') },
    'evaluate-only': { type: 'string', default: 'sn-saint-louis-purpleair' },
    only: { type: 'string' },
    /** Coefficients made before: a setting that they do not depend on needs no new ones. */
    prior: { type: 'string' },
  },
});
const CONTEXT_DAYS = 60;
/** Fresh memories cost 60 days of readings each: fewer of them, at every hour of the day. */
const FRESH_EVERY_H = 175;
const EVERY_H = 7;
const LEAST_DAYS = 2 * 365;

const stations = join(flags.folder, 'stations');
const lastAt = await writeShortened();
const prior = flags.prior ?? join(flags.folder, 'prior');
if (flags.prior === undefined)
  await trainFolder({
    stationsFolder: stations,
    outFolder: prior,
    evaluateOnly: flags['evaluate-only'].split(',').filter((name) => lastAt.has(name)),
    leaveOneOut: true,
    command: 'npm run bench:tuning',
  });
const fresh = await score(FRESH_EVERY_H, CONTEXT_DAYS * DAY_MS);
const whole = await score(EVERY_H, undefined);
console.log(
  `${'year before the last'.padEnd(28)}  ${CONTEXT_DAYS} days: MAE   CRPS 50/80/90 %         n   whole: MAE   CRPS 50/80/90 %         n`,
);
for (const [index, one] of fresh.stations.entries())
  console.log(`${one.station.padEnd(28)}  ${cells(one)}  ${cells(whole.stations[index] ?? one)}`);
console.log(`${'mean of the stations'.padEnd(28)}  ${cells(meanOf(fresh))}  ${cells(meanOf(whole))}`);

/** The stations less their last year, with the last instant of each. */
async function writeShortened(): Promise<ReadonlyMap<string, Instant>> {
  mkdirSync(stations, { recursive: true });
  const lines = ['file,lat,lon'];
  const lasts = new Map<string, Instant>();
  for (const entry of listStations(flags.stations, flags.only?.split(',') ?? [])) {
    const { name, latitude, longitude, validAt, temperatureC } = await readStation(flags.stations, entry);
    const endAt = (validAt.at(-1) ?? 0) - 365 * DAY_MS;
    if (endAt - (validAt[0] ?? 0) <= LEAST_DAYS * DAY_MS) continue;
    lines.push(`${name},${latitude},${longitude}`);
    lasts.set(name, endAt);
    const kept = [...validAt].flatMap((at, index) => (at < endAt ? [`${toRfc3339(at)},${temperatureC[index]}`] : []));
    writeFileSync(join(stations, `${name}.csv`), `time_utc,temp_c\n${kept.join('\n')}\n`);
  }
  writeFileSync(join(stations, 'stations.csv'), `${lines.join('\n')}\n`);
  return lasts;
}

async function score(everyH: number, contextMs: number | undefined): Promise<BacktestReport> {
  const issues = new Map(
    [...lastAt].map(([name, endAt]) => {
      const from = Math.ceil((endAt - 365 * DAY_MS) / (everyH * HOUR_MS));
      const count = Math.floor((endAt - 2 * DAY_MS) / (everyH * HOUR_MS)) - from;
      return [name, Array.from({ length: count }, (_, index) => (from + index) * everyH * HOUR_MS)];
    }),
  );
  return backtest({
    stationsFolder: stations,
    issues,
    ...(contextMs === undefined ? {} : { contextMs }),
    everyMs: HOUR_MS,
    horizonHours: 48,
    forecasterFor: forecasterFrom(prior),
  });
}

interface Line {
  readonly maeC: number | null;
  readonly crpsC: number | null;
  readonly coverage50: number | null;
  readonly coverage80: number | null;
  readonly coverage90: number | null;
  readonly issues: number;
}

function meanOf({ stations: all, issues }: BacktestReport): Line {
  const mean = (of: (line: Line) => number | null) => all.reduce((sum, line) => sum + (of(line) ?? 0), 0) / all.length;
  return {
    maeC: mean(({ maeC }) => maeC),
    crpsC: mean(({ crpsC }) => crpsC),
    coverage50: mean(({ coverage50 }) => coverage50),
    coverage80: mean(({ coverage80 }) => coverage80),
    coverage90: mean(({ coverage90 }) => coverage90),
    issues,
  };
}

function cells({ maeC, crpsC, coverage50, coverage80, coverage90, issues }: Line): string {
  const covers = [coverage50, coverage80, coverage90]
    .map((share) => (100 * (share ?? Number.NaN)).toFixed(1))
    .join('/');
  return `${(maeC ?? Number.NaN).toFixed(4).padStart(12)} ${(crpsC ?? Number.NaN).toFixed(4)} ${covers} ${String(issues).padStart(6)}`;
}
