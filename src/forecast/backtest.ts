import { DAY_MS, HOUR_MS, type Instant, toRfc3339 } from '../core/time.ts';
import { LEVELS } from '../weather/prediction.ts';
import type { Forecaster, TemperatureReading } from './forecaster.ts';
import { firstAtOrAfter, listStations, observedAt, readStation, type Station } from './station-history.ts';
import { type Pair, type Scores, scoresOf } from './verify/scores.ts';

/** One line of `backtest --out`. */
export interface BacktestLine {
  readonly station: string;
  readonly issuedAt: string;
  readonly tier: string;
  readonly leads: readonly number[];
  readonly mean: readonly number[];
  readonly levels: readonly number[];
  readonly quantiles: readonly (readonly number[])[];
  readonly observed: readonly (number | null)[];
}

export interface BacktestInput {
  readonly stationsFolder: string;
  readonly only?: readonly string[];
  /** Limits the issues, not the history. */
  readonly from?: Instant;
  readonly to?: Instant;
  /** Step between issues, from the epoch on. */
  readonly everyMs: number;
  /** Named issues by station instead of the step. */
  readonly issues?: ReadonlyMap<string, readonly Instant[]>;
  /** A fresh memory for each issue and only this much history; absent: the station's whole past. */
  readonly contextMs?: number;
  readonly horizonHours: number;
  readonly forecaster: Forecaster;
  onIssue?(line: BacktestLine): Promise<void>;
  onProgress?(share: number, issues: number): void;
}

export interface BacktestReport {
  readonly model: string;
  readonly stations: readonly ({
    readonly station: string;
    readonly issues: number;
    readonly byLead: readonly LeadScores[];
  } & Scores)[];
  readonly issues: number;
}

export type LeadScores = { readonly leadHours: number } & Scores;

/** Leads whose own scores the report lists. */
const LISTED_LEADS = [1, 2, 3, 6, 9, 12, 18, 24, 30, 36, 42, 48];

/**
 * Runs the forecaster through each station's past exactly as it would have run live: nothing after an issue time is read
 * for it; a reading stamped with the issue time is known.
 *
 * @throws HarmattanError HMT_CLI_FILE
 */
export async function backtest(input: BacktestInput): Promise<BacktestReport> {
  const entries = listStations(input.stationsFolder, input.only).filter(
    ({ name }) => !input.issues || input.issues.has(name),
  );
  const stations: BacktestReport['stations'][number][] = [];
  let total = 0;
  for (const [index, entry] of entries.entries()) {
    const station = await readStation(input.stationsFolder, entry);
    const pairs: Pair[] = [];
    let issues = 0;
    const issueTimes = issuesOf(station, input);
    for await (const { line, paired } of issuesThrough(station, issueTimes, input)) {
      issues++;
      for (const pair of paired) pairs.push(pair);
      await input.onIssue?.(line);
      if (issues % 200 === 0)
        input.onProgress?.((index + issues / Math.max(1, issueTimes.length)) / entries.length, total + issues);
    }
    total += issues;
    const byLead = LISTED_LEADS.filter((lead) => lead <= input.horizonHours).map((leadHours) => ({
      leadHours,
      ...scoresOf(pairs.filter((pair) => pair.leadHours === leadHours)),
    }));
    stations.push({ station: station.name, issues, ...scoresOf(pairs), byLead });
  }
  return { model: input.forecaster.model, stations, issues: total };
}

/** Issue times of a station: never before its first reading, nor after its last. */
function issuesOf(station: Station, input: BacktestInput): readonly Instant[] {
  const first = station.validAt[0];
  const last = station.validAt[station.validAt.length - 1];
  if (first === undefined || last === undefined) return [];
  const wanted = (at: Instant) =>
    at >= Math.max(first, input.from ?? first) && at < (input.to ?? Number.POSITIVE_INFINITY);
  const named = input.issues?.get(station.name);
  if (named) return [...named].filter(wanted).sort((a, b) => a - b);
  const times: Instant[] = [];
  const start = Math.max(first, input.from ?? first);
  for (let at = Math.ceil(start / input.everyMs) * input.everyMs; at <= last; at += input.everyMs)
    if (wanted(at)) times.push(at);
  return times;
}

async function* issuesThrough(
  station: Station,
  issueTimes: readonly Instant[],
  input: BacktestInput,
): AsyncGenerator<{ line: BacktestLine; paired: readonly Pair[] }> {
  const { forecaster, horizonHours, contextMs } = input;
  let memory = forecaster.start(station);
  let learnt = 0;
  for (const issuedAt of issueTimes) {
    const known = firstAtOrAfter(station, issuedAt + 1);
    if (contextMs !== undefined) {
      memory = forecaster.start(station);
      learnt = firstAtOrAfter(station, issuedAt - contextMs);
    }
    memory.observe(readings(station, learnt, known));
    learnt = known;
    if (memory.newestAt === null) continue;
    const leads = Array.from({ length: horizonHours }, (_, index) => index + 1);
    const validAt = leads.map((lead) => issuedAt + lead * HOUR_MS);
    const { tier, meanC, quantilesC } = memory.forecast(issuedAt, validAt);
    const observed = validAt.map((at) => observedAt(station, at));
    const line = {
      station: station.name,
      issuedAt: toRfc3339(issuedAt),
      tier,
      leads,
      mean: meanC,
      levels: LEVELS,
      quantiles: quantilesC,
      observed,
    };
    const persistenceC = station.temperatureC[known - 1] ?? null;
    yield {
      line,
      paired: leads.flatMap((leadHours, index) =>
        pairOf(station, { issuedAt, leadHours, index, meanC, quantilesC, observed, persistenceC }),
      ),
    };
  }
}

function readings(station: Station, from: number, to: number): readonly TemperatureReading[] {
  const list: TemperatureReading[] = [];
  for (let index = from; index < to; index++)
    list.push({ validAt: station.validAt[index] ?? 0, temperatureC: station.temperatureC[index] ?? Number.NaN });
  return list;
}

interface Asked {
  readonly issuedAt: Instant;
  readonly leadHours: number;
  readonly index: number;
  readonly meanC: readonly number[];
  readonly quantilesC: readonly (readonly number[])[];
  readonly observed: readonly (number | null)[];
  readonly persistenceC: number | null;
}

function pairOf(
  station: Station,
  { issuedAt, leadHours, index, meanC, quantilesC, observed, persistenceC }: Asked,
): readonly Pair[] {
  const observedC = observed[index] ?? null;
  const mean = meanC[index];
  if (observedC === null || mean === undefined) return [];
  const daysBack = Math.ceil(leadHours / 24);
  const yesterdayC = observedAt(station, issuedAt + leadHours * HOUR_MS - daysBack * DAY_MS);
  return [{ leadHours, meanC: mean, quantilesC: quantilesC[index] ?? null, observedC, persistenceC, yesterdayC }];
}
