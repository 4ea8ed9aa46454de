import { forecasterFrom } from '../../src/app/forecasting.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../src/core/time.ts';
import { type BacktestLine, type BacktestReport, backtest } from '../../src/forecast/backtest.ts';
import { listStations, readStation } from '../../src/forecast/station-history.ts';
import type { Figure } from '../machine.ts';

const EVERY_H = 7;
/** History before the first issue whose bands are counted. */
const SETTLED_DAYS = 365;
const GROUPS = [
  { name: '+1…+6', from: 1, to: 6 },
  { name: '+7…+24', from: 7, to: 24 },
  { name: '+25…+48', from: 25, to: 48 },
] as const;
const BANDS = [
  { share: 50, low: 4, high: 14, within: [0.47, 0.53] },
  { share: 80, low: 1, high: 17, within: [0.78, 0.82] },
  { share: 90, low: 0, high: 18, within: [0.88, 0.92] },
] as const;
const GROUP_SLACK = 0.02;

/** Places that have no say in the one-reading target. */
const ASIDE = 'us-minneapolis-owm';

interface Cover {
  n: number;
  readonly inside: number[];
}
const emptyCover = (): Cover => ({ n: 0, inside: [0, 0, 0] });

/** Every station's last year as a stranger with its whole past, every seven hours: bands, and the worst lead. */
export async function heldOutFigures(stationsFolder: string, prior: string, only: readonly string[]) {
  const issues = await lastYears(stationsFolder, only);
  const covers = new Map<string, readonly Cover[]>();
  const report = await backtest({
    stationsFolder,
    only,
    issues: issues.times,
    everyMs: EVERY_H * HOUR_MS,
    horizonHours: 48,
    forecasterFor: forecasterFrom(prior),
    onIssue: async (line) => {
      if (Date.parse(line.issuedAt) < (issues.settledAt.get(line.station) ?? 0)) return;
      const cover = covers.get(line.station) ?? GROUPS.map(emptyCover);
      covers.set(line.station, cover);
      count(line, cover);
    },
  });
  printCovers(covers);
  return [...coverFigures(covers), worstLead(report), ...(await oneReading(stationsFolder, prior, issues.times))];
}

async function lastYears(folder: string, only: readonly string[]) {
  const times = new Map<string, readonly Instant[]>();
  const settledAt = new Map<string, Instant>();
  for (const entry of listStations(folder, only)) {
    const { validAt } = await readStation(folder, entry);
    const [first, last] = [validAt[0] ?? 0, validAt.at(-1) ?? 0];
    const stepMs = EVERY_H * HOUR_MS;
    const from = Math.ceil(Math.max(first + 30 * DAY_MS, last - 365 * DAY_MS) / stepMs);
    const count = Math.max(0, Math.floor((last - 2 * DAY_MS) / stepMs) - from);
    times.set(
      entry.name,
      Array.from({ length: count }, (_, index) => (from + index) * stepMs),
    );
    settledAt.set(entry.name, first + SETTLED_DAYS * DAY_MS);
  }
  return { times, settledAt };
}

function count({ leads, observed, quantiles }: BacktestLine, covers: readonly Cover[]): void {
  for (const [index, value] of observed.entries()) {
    const lead = leads[index] ?? 0;
    const cover = covers[GROUPS.findIndex(({ from, to }) => lead >= from && lead <= to)];
    const levels = quantiles[index];
    if (value === null || !cover || !levels) continue;
    cover.n++;
    for (const [band, { low, high }] of BANDS.entries())
      if (value >= (levels[low] ?? 0) && value <= (levels[high] ?? 0))
        cover.inside[band] = (cover.inside[band] ?? 0) + 1;
  }
}

const shareOf = (covers: readonly Cover[], band: number): number =>
  covers.reduce((sum, cover) => sum + (cover.inside[band] ?? 0), 0) / covers.reduce((sum, { n }) => sum + n, 0);

function printCovers(covers: ReadonlyMap<string, readonly Cover[]>): void {
  console.log('\nShare of what came inside the 50/80/90 % bands, last year, places with a year of past before it');
  console.log(
    `  ${'station'.padEnd(28)}${['all leads', ...GROUPS.map(({ name }) => name)].map((name) => name.padEnd(18)).join('')}`,
  );
  for (const [station, groups] of covers) {
    const cells = [groups, ...groups.map((group) => [group])].map((of) =>
      BANDS.map((_, band) => (100 * shareOf(of, band)).toFixed(1))
        .join('/')
        .padEnd(18),
    );
    console.log(`  ${station.padEnd(28)}${cells.join('')}`);
  }
}

function coverFigures(covers: ReadonlyMap<string, readonly Cover[]>): readonly Figure[] {
  const stations = [...covers.values()];
  return BANDS.flatMap(({ share, within: [low, high] }, band) => {
    const isWithin = (of: readonly Cover[], slack: number) => {
      const value = shareOf(of, band);
      return value >= low - slack && value <= high + slack;
    };
    const groups = stations.flat().map((group) => [group]);
    return [
      {
        what: `stations whose ${share} % bands hold ${100 * low}–${100 * high} %`,
        measured: stations.filter((of) => isWithin(of, 0)).length,
        unit: `of ${stations.length}`,
        target: { atLeast: stations.length },
      },
      {
        what: `lead groups whose ${share} % bands hold within ± 4`,
        measured: groups.filter((of) => isWithin(of, share === 50 ? 0.01 : GROUP_SLACK)).length,
        unit: `of ${groups.length}`,
        target: { atLeast: groups.length },
      },
    ];
  });
}

/** The worst ratio of our error to the best of persistence and yesterday, over stations and leads of the report. */
function worstLead({ stations }: BacktestReport): Figure {
  let worst = { ratio: 0, where: '' };
  for (const { station, byLead } of stations)
    for (const { leadHours, persistence, yesterday } of byLead) {
      const ratios = [persistence, yesterday].map((one) => (one.forecastMaeC ?? 0) / (one.maeC ?? Number.NaN));
      const ratio = Math.max(...ratios);
      if (ratio > worst.ratio) worst = { ratio, where: `${station} +${leadHours} h` };
    }
  return {
    what: `worst lead against persistence and yesterday (${worst.where})`,
    measured: 100 * (worst.ratio - 1),
    unit: '%',
    target: { atMost: 3 },
  };
}

async function oneReading(
  stationsFolder: string,
  prior: string,
  issues: ReadonlyMap<string, readonly Instant[]>,
): Promise<readonly Figure[]> {
  const { stations } = await backtest({
    stationsFolder,
    issues: new Map([...issues].filter(([name]) => name !== ASIDE)),
    everyMs: EVERY_H * HOUR_MS,
    contextMs: 30 * MINUTE_MS,
    horizonHours: 3,
    forecasterFor: forecasterFrom(prior),
  });
  return [0.65, 1.04, 1.38].map((atMost, index) => ({
    what: `one reading only: +${index + 1} h, mean of ${stations.length} stations`,
    measured: stations.reduce((sum, { byLead }) => sum + (byLead[index]?.maeC ?? 0), 0) / stations.length,
    unit: '°C',
    target: { atMost },
  }));
}
