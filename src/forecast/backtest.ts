import { HarmattanError } from '../core/errors.ts';
import { DAY_MS, HOUR_MS, type Instant, toRfc3339 } from '../core/time.ts';
import { LEVELS } from '../weather/prediction.ts';
import type { Forecaster, ForecasterMemory, TemperatureReading } from './forecaster.ts';
import { firstAtOrAfter, listStations, observedAt, readStation, type Station } from './station-history.ts';
import { type Scores, ScoresByLead } from './verify/scores.ts';

/** One line of `backtest --out`: one issue. Leads count in hours from the issue time; temperatures in °C. */
export interface BacktestLine {
  readonly station: string;
  readonly issuedAt: string;
  readonly tier: string;
  readonly leads: readonly number[];
  readonly mean: readonly number[];
  readonly levels: readonly number[];
  readonly quantiles: readonly (readonly number[])[];
  /** The reading nearest to each hour within 30 minutes; `null` where there is none. */
  readonly observed: readonly (number | null)[];
}

export interface BacktestInput {
  readonly stationsFolder: string;
  /** Only these stations; other files may then be absent. */
  readonly only?: readonly string[];
  /** Limits the issues, not the history: `[from, to)`. */
  readonly from?: Instant;
  readonly to?: Instant;
  /** Issues at the multiples of this step, counted from the epoch. */
  readonly everyMs: number;
  /** Named issues by station instead of the step. */
  readonly issues?: ReadonlyMap<string, readonly Instant[]>;
  /** A fresh memory for each issue and only the readings of this time before it; absent: the station's whole past. */
  readonly contextMs?: number;
  readonly horizonHours: number;
  /** The forecaster of each station: one that has never seen it. */
  forecasterFor(station: string): Forecaster;
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
  /** Issues that were asked for where no reading was known: nothing could be forecast. */
  readonly withoutReading: number;
  /** Over all stations' pairs. */
  readonly overall: Scores;
  readonly byLead: readonly LeadScores[];
}

export type LeadScores = { readonly leadHours: number } & Scores;

/** Leads whose own scores the report lists. */
const LISTED_LEADS: readonly number[] = [1, 2, 3, 6, 9, 12, 18, 24, 30, 36, 42, 48, 72, 96];

/**
 * Runs the forecaster through each station's past exactly as it would have run live: it is told nothing after an issue
 * time before it has forecast; a reading stamped with the issue time is known. No issue before a station's first reading.
 *
 * @throws HarmattanError HMT_CLI_FILE
 */
export async function backtest(input: BacktestInput): Promise<BacktestReport> {
  const entries = chosenStations(input);
  const stations: BacktestReport['stations'][number][] = [];
  const overall = new ScoresByLead();
  let [total, withoutReading] = [0, 0];
  let model = '';
  for (const [index, entry] of entries.entries()) {
    const station = await readStation(input.stationsFolder, entry);
    const scores = new ScoresByLead();
    const forecaster = input.forecasterFor(entry.name);
    model = forecaster.model;
    const times = issueTimes(station, input);
    let issues = 0;
    for (const issued of issuesThrough(station, times, forecaster, input)) {
      if (issued === null) {
        withoutReading++;
        continue;
      }
      issues++;
      score(station, issued, [scores, overall]);
      await input.onIssue?.(lineOf(station, issued));
      if (issues % 200 === 0) input.onProgress?.((index + issues / times.length) / entries.length, total + issues);
    }
    total += issues;
    stations.push({ station: station.name, issues, ...scores.overall(), byLead: listed(scores) });
  }
  return { model, stations, issues: total, withoutReading, overall: overall.overall(), byLead: listed(overall) };
}

function chosenStations({ stationsFolder, only, issues }: BacktestInput) {
  const entries = listStations(stationsFolder, only);
  if (!issues) return entries;
  const unknown = [...issues.keys()].find((name) => !only?.length && !entries.some((entry) => entry.name === name));
  if (unknown !== undefined)
    throw new HarmattanError('HMT_CLI_FILE', { detail: `An issue is named for "${unknown}", which is no station.` });
  return entries.filter(({ name }) => issues.has(name));
}

const listed = (scores: ScoresByLead): readonly LeadScores[] =>
  scores.byLead().filter(({ leadHours }) => LISTED_LEADS.includes(leadHours));

/** Ascending and distinct; never before the station's first reading, with a step never after its last. */
function issueTimes(station: Station, { from, to, everyMs, issues }: BacktestInput): readonly Instant[] {
  const first = station.validAt[0];
  const last = station.validAt[station.validAt.length - 1];
  if (first === undefined || last === undefined) return [];
  const startAt = Math.max(first, from ?? first);
  const endAt = to ?? Number.POSITIVE_INFINITY;
  const named = issues?.get(station.name);
  if (named) return [...new Set(named)].filter((at) => at >= startAt && at < endAt).sort((one, other) => one - other);
  const times: Instant[] = [];
  for (let at = Math.ceil(startAt / everyMs) * everyMs; at <= last && at < endAt; at += everyMs) times.push(at);
  return times;
}

interface Issued {
  readonly issuedAt: Instant;
  /** Index of the newest known reading. */
  readonly newest: number;
  readonly tier: string;
  readonly validAt: readonly Instant[];
  readonly meanC: readonly number[];
  readonly quantilesC: readonly (readonly number[])[];
}

/** One forecast after the other; `null` for an issue time at which nothing is known. */
function* issuesThrough(
  station: Station,
  times: readonly Instant[],
  forecaster: Forecaster,
  input: BacktestInput,
): Generator<Issued | null> {
  const { horizonHours, contextMs } = input;
  let memory: ForecasterMemory = forecaster.start(station);
  let learnt = 0;
  for (const issuedAt of times) {
    const known = firstAtOrAfter(station, issuedAt + 1);
    if (contextMs !== undefined) {
      memory = forecaster.start(station);
      learnt = firstAtOrAfter(station, issuedAt - contextMs + 1);
    }
    memory.observe(readings(station, learnt, known));
    learnt = known;
    if (memory.newestAt === null) {
      yield null;
      continue;
    }
    const validAt = Array.from({ length: horizonHours }, (_, index) => issuedAt + (index + 1) * HOUR_MS);
    const { tier, meanC, quantilesC } = memory.forecast(issuedAt, validAt);
    yield { issuedAt, newest: known - 1, tier, validAt, meanC, quantilesC };
  }
}

function readings(station: Station, from: number, to: number): readonly TemperatureReading[] {
  const list: TemperatureReading[] = [];
  for (let index = from; index < to; index++)
    list.push({ validAt: station.validAt[index] ?? 0, temperatureC: station.temperatureC[index] ?? Number.NaN });
  return list;
}

const thousandths = (value: number) => Math.round(value * 1000) / 1000;

function lineOf(station: Station, { issuedAt, tier, validAt, meanC, quantilesC }: Issued): BacktestLine {
  return {
    station: station.name,
    issuedAt: toRfc3339(issuedAt),
    tier,
    leads: validAt.map((_, index) => index + 1),
    mean: meanC.map(thousandths),
    levels: LEVELS,
    quantiles: quantilesC.map((levels) => levels.map(thousandths)),
    observed: validAt.map((at) => observedAt(station, at)),
  };
}

function score(station: Station, issued: Issued, scores: readonly ScoresByLead[]): void {
  const { issuedAt, newest, validAt, meanC, quantilesC } = issued;
  for (const [index, at] of validAt.entries()) {
    const observedC = observedAt(station, at);
    const mean = meanC[index];
    if (observedC === null || mean === undefined) continue;
    const pair = {
      meanC: mean,
      quantilesC: quantilesC[index] ?? null,
      levels: LEVELS,
      observedC,
      persistenceC: station.temperatureC[newest] ?? null,
      yesterdayC: observedAt(station, at - Math.ceil((at - issuedAt) / DAY_MS) * DAY_MS, issuedAt),
    };
    for (const sums of scores) sums.add(index + 1, pair);
  }
}
