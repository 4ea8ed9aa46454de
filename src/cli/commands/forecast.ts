import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { forecasterFrom, forecasterInPlace } from '../../app/forecasting.ts';
import { HarmattanError } from '../../core/errors.ts';
import { DAY_MS, HOUR_MS, type Instant, systemClock, toRfc3339 } from '../../core/time.ts';
import { type BacktestReport, backtest } from '../../forecast/backtest.ts';
import type { TemperatureReading } from '../../forecast/forecaster.ts';
import { scorecard } from '../../forecast/verify/scorecard.ts';
import { LEVELS } from '../../weather/prediction.ts';
import { QUANTITIES } from '../../weather/quantity.ts';
import { EXIT } from '../exit-code.ts';
import { historyRows } from '../history-file.ts';
import { historyReading, instantOf } from '../history-row.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import { progressOn } from '../progress.ts';
import type { Run } from '../run-body.ts';
import { outJson, type Terminal } from '../terminal.ts';
import { instantFlag } from './export.ts';

/** `forecast`: one forecast from a history; no store needed. */
export function forecastCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('forecast'))
    .description('one forecast from a history, no store needed')
    .requiredOption('--lat <degrees>', 'latitude, north positive')
    .requiredOption('--lon <degrees>', 'longitude, east positive')
    .requiredOption(
      '--history <file>',
      'CSV (time_utc,temp_c, or as `export` writes it) or NDJSON; - is standard input',
    )
    .option('--at <time>', 'issue time; by default the newest reading')
    .option('--horizon <hours>', 'how far ahead', '48')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags & { lat: string; lon: string; history: string; at?: string; horizon: string }) =>
      run(async (terminal) => {
        const latitude = bounded('--lat', options.lat, -90, 90);
        const longitude = bounded('--lon', options.lon, -180, 180);
        const horizon = Math.trunc(bounded('--horizon', options.horizon, 1, 96));
        const at = instantFlag('--at', options.at);
        const history = (await readHistory(terminal, options.history)).filter(
          ({ validAt }) => at === null || validAt <= at,
        );
        const memory = forecasterInPlace().start({ latitude, longitude, elevationM: null });
        memory.observe(history);
        if (memory.newestAt === null)
          throw new HarmattanError('HMT_FORECAST_INPUT', {
            detail: 'The history has no usable reading.',
            field: '--history',
          });
        const issuedAt = at ?? memory.newestAt;
        const validAt = Array.from({ length: horizon }, (_, index) => issuedAt + (index + 1) * HOUR_MS);
        const { model, tier, calibration, meanC, quantilesC } = memory.forecast(issuedAt, validAt);
        if (options.json)
          await outJson(terminal, {
            model,
            tier,
            calibration,
            issuedAt: toRfc3339(issuedAt),
            validAt: validAt.map(toRfc3339),
            meanC,
            levels: LEVELS,
            quantilesC,
          });
        else
          for (const [index, when] of validAt.entries())
            await terminal.out(
              `${toRfc3339(when)}\t${meanC[index]?.toFixed(1)}\t${quantilesC[index]?.[1]?.toFixed(1)} … ${quantilesC[index]?.[17]?.toFixed(1)}\n`,
            );
        return EXIT.done;
      }),
    );
}

function bounded(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max)
    throw new HarmattanError('HMT_CLI_USAGE', {
      detail: `${flag} must be a number between ${min} and ${max}.`,
      field: flag,
    });
  return value;
}

async function readHistory(terminal: Terminal, file: string): Promise<readonly TemperatureReading[]> {
  const { min, max } = QUANTITIES.temperatureC;
  const readings: TemperatureReading[] = [];
  for await (const { row } of historyRows(terminal, file)) {
    const reading = historyReading(row);
    if (typeof reading === 'string') continue;
    const { validAt, values } = reading;
    const { temperatureC } = values;
    // As the live checks: a value that no thermometer on earth has shown is not one.
    if (temperatureC !== null && temperatureC >= min && temperatureC <= max) readings.push({ validAt, temperatureC });
  }
  return readings;
}

interface BacktestFlags extends CommonFlags {
  readonly stations: string;
  readonly only?: string;
  readonly from?: string;
  readonly to?: string;
  readonly every: string;
  readonly at?: string;
  readonly context?: string;
  readonly horizon: string;
  readonly out?: string;
  readonly prior?: string;
}

/** `backtest`: the forecaster through each station's past as it would have run live. */
export function backtestCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('backtest'))
    .description("run the forecaster through stations' past, exactly as it would have run live")
    .requiredOption('--stations <dir>', 'a folder with stations.csv and one <file>.csv[.gz] per station')
    .option('--only <names>', 'only these stations, comma-separated')
    .option('--from <time>', 'first issue')
    .option('--to <time>', 'first instant after the last issue')
    .option('--every <step>', 'between issues: 7h, 1d', '7h')
    .option('--at <file>', 'CSV that names the issues (station,issuedAt)')
    .option('--context <length>', 'only this much history for each issue: 60d')
    .option('--horizon <hours>', 'how far ahead', '48')
    .option('--out <file>', 'NDJSON, one line per issue')
    .option('--prior <dir>', 'coefficients that train wrote: for a station those that know nothing of it')
    .option('--json', 'one JSON document')
    .action((options: BacktestFlags) =>
      run(async (terminal) => {
        const progress = progressOn(terminal, systemClock, 'backtest');
        const out = options.out === undefined ? null : createWriteStream(resolve(terminal.workingFolder, options.out));
        const from = instantFlag('--from', options.from);
        const to = instantFlag('--to', options.to);
        const report = await backtest({
          stationsFolder: resolve(terminal.workingFolder, options.stations),
          only: options.only?.split(',').map((name) => name.trim()) ?? [],
          ...(from === null ? {} : { from }),
          ...(to === null ? {} : { to }),
          everyMs: lengthMs('--every', options.every),
          ...(options.at === undefined ? {} : { issues: namedIssues(resolve(terminal.workingFolder, options.at)) }),
          ...(options.context === undefined ? {} : { contextMs: lengthMs('--context', options.context) }),
          horizonHours: Math.trunc(bounded('--horizon', options.horizon, 1, 96)),
          forecasterFor:
            options.prior === undefined
              ? forecasterInPlace
              : forecasterFrom(resolve(terminal.workingFolder, options.prior)),
          onIssue: async (line) => {
            if (out && !out.write(`${JSON.stringify(line)}\n`)) await once(out, 'drain');
          },
          onProgress: (share, issues) => progress.report(share, `${issues} issues`),
        });
        if (out) {
          out.end();
          await once(out, 'finish');
        }
        progress.end();
        if (options.json) await outJson(terminal, report);
        else await terminal.out(tableOf(report));
        return EXIT.done;
      }),
    );
}

/** `7h`, `60d`, `90m`. */
function lengthMs(flag: string, text: string): number {
  const [, amount, unit] = /^(\d+)(m|h|d)$/.exec(text) ?? [];
  if (amount === undefined || Number(amount) === 0)
    throw new HarmattanError('HMT_CLI_USAGE', { detail: `${flag} must be a length like 7h or 60d.`, field: flag });
  return Number(amount) * (unit === 'd' ? DAY_MS : unit === 'h' ? HOUR_MS : 60_000);
}

function namedIssues(path: string): ReadonlyMap<string, readonly Instant[]> {
  const issues = new Map<string, Instant[]>();
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new HarmattanError('HMT_CLI_FILE', { detail: `${path}: ${(cause as NodeJS.ErrnoException).code}.`, cause });
  }
  for (const [index, line] of text.trim().split(/\r?\n/).slice(1).entries()) {
    const [station = '', time = ''] = line.split(',');
    const at = instantOf(time);
    if (station === '' || at === null)
      throw new HarmattanError('HMT_CLI_FILE', {
        detail: `${path}, line ${index + 2}: "${line}" is not station,issuedAt.`,
      });
    issues.set(station, [...(issues.get(station) ?? []), at]);
  }
  return issues;
}

function tableOf(report: BacktestReport): string {
  const number = (value: number | null, digits = 2) => (value === null ? '–' : value.toFixed(digits)).padStart(7);
  const rows = report.stations.map(
    (row) =>
      `${row.station.padEnd(26)}${String(row.issues).padStart(7)}${number(row.maeC)}${number(row.crpsC)}${number(row.coverage80)}${number(row.persistence.maeC)}${number(row.yesterday.maeC)}\n`,
  );
  return `${report.model}\n${'station'.padEnd(26)} issues    MAE   CRPS  cov80 persis. yesterd.\n${rows.join('')}`;
}

/** `scorecard`: verified skill of the live forecasts. */
export function scorecardCommand(program: Command, run: Run): void {
  withCommonFlags(program.command('scorecard'))
    .description('verified skill of the live forecasts')
    .option('--place <id>', 'only this place')
    .option('--days <number>', 'how far back', '30')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags & { place?: string; days: string }) =>
      run(async (terminal) => {
        const { store, places } = await invocationOf(terminal, options).open();
        const days = bounded('--days', options.days, 1, 36_500);
        const chosen = places.filter(({ id }) => options.place === undefined || id === options.place);
        if (chosen.length === 0) throw new HarmattanError('HMT_PLACES_UNKNOWN', { detail: `"${options.place}".` });
        const to = (await store.observations.extent())?.to ?? systemClock.now();
        const cards = [];
        for (const { id } of chosen)
          cards.push(await scorecard({ store, placeId: id, from: to - days * DAY_MS, to: to + 1 }));
        if (options.json) await outJson(terminal, { items: cards });
        else
          for (const { placeId, issues, verifiedBy, overall } of cards)
            await terminal.out(
              `${placeId}\t${issues} issues\tMAE ${overall.maeC?.toFixed(2) ?? '–'}\tCRPS ${overall.crpsC?.toFixed(2) ?? '–'}\t80 % band covers ${overall.coverage80?.toFixed(2) ?? '–'}\t${verifiedBy ?? 'not verified'}\n`,
            );
        return EXIT.done;
      }),
    );
}
