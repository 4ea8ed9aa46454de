import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../core/time.ts';
import type { Store } from '../../store/store.ts';
import type { ObservationKind } from '../../weather/observation.ts';
import { LEVELS, type Prediction, THINNED_LEVELS } from '../../weather/prediction.ts';
import { type Calibration, CalibrationSums } from './calibration.ts';
import { type HourByLeadCell, HourByLeadSums } from './hour-by-lead.ts';
import { type LeadPair, LeadRecord, type LeadSkill } from './lead-record.ts';
import { type ExpertsAtLead, memoryNow, type SensorDoubts } from './memory-now.ts';
import { RawProviders } from './raw-provider.ts';
import { type Pair, type Scores, ScoresByLead } from './scores.ts';
import { type Stability, StabilitySums } from './stability.ts';
import { CLIMATOLOGY_DAYS, VERIFY_TOLERANCE_MS, VerifyingReadings } from './verifying-readings.ts';

/** Verified skill of the forecasts of one place, frozen as they were issued. */
export interface ScorecardDocument {
  readonly placeId: string;
  readonly from: Instant;
  readonly to: Instant;
  /** The model whose issues are scored: that of the newest issue. */
  readonly model: string | null;
  /**
   * What the forecasts are held against: true observations where the place has any, otherwise analyses of a model, which
   * are not observations. `null` when nothing was verified.
   */
  readonly verifiedBy: ObservationKind | null;
  /** A reading at most this far from the forecast's instant verifies it. */
  readonly toleranceMinutes: number;
  /** Issues of that model in the span, and how many of them had how much history. */
  readonly issues: number;
  readonly tiers: Readonly<Record<string, number>>;
  /** What the place's memory trusts, by lead, as it stands. */
  readonly experts: readonly ExpertsAtLead[];
  /** What it holds of its sensor: readings kept out, and a clock that seems wrong. */
  readonly sensor: SensorDoubts;
  readonly overall: Scores & LeadSkill;
  /** By hours from issue to valid time, rounded up: the lead of an issue of 12:45 for 13:00 counts as 1. */
  readonly byLead: readonly ({ readonly leadHours: number } & Scores & LeadSkill)[];
  readonly calibration: Calibration;
  readonly hourByLead: readonly HourByLeadCell[];
  readonly stability: Stability;
}

export interface ScorecardInput {
  readonly store: Store;
  readonly placeId: string;
  /** Issue times `[from, to)`. */
  readonly from: Instant;
  readonly to: Instant;
}

/** The longest lead of any forecast, and what yesterday's hour needs before the first issue. */
const LONGEST_LEAD_MS = 4 * DAY_MS;
/** A year of issues takes seconds: others have their turn in between. */
const ISSUES_A_TURN = 25;
/** Errors of hourly issues overlap over the whole horizon when all leads are taken together. */
const OVERALL_LAG = 48;

/**
 * Pairs every kept issue with the readings that came, and scores them by lead beside persistence, yesterday's same hour,
 * climatology and the raw provider on the same pairs. Nothing is filled in: a forecast hour without a reading is no pair.
 * A provider is never held against its own analysis.
 */
export async function scorecard({ store, placeId, from, to }: ScorecardInput): Promise<ScorecardDocument> {
  const newest = await store.predictions.newest(placeId, to - 1);
  const model = newest && newest.issuedAt >= from ? newest.model : null;
  const readFrom = from - LONGEST_LEAD_MS - CLIMATOLOGY_DAYS * DAY_MS;
  const readings = await VerifyingReadings.of(store, placeId, readFrom, to + LONGEST_LEAD_MS);
  const providers = await RawProviders.of(store, placeId, from - LONGEST_LEAD_MS, to);
  const tallies = { observation: new Tally(readings, providers), analysis: new Tally(readings, providers) };
  const tiers: Record<string, number> = {};
  let issues = 0;
  for await (const issue of store.predictions.issues(placeId, from, to)) {
    if (issue.model !== model) continue;
    issues++;
    tiers[issue.tier] = (tiers[issue.tier] ?? 0) + 1;
    for (const kind of ['observation', 'analysis'] as const) tallies[kind].add(issue, kind);
    if (issues % ISSUES_A_TURN === 0) await turnOfTheLoop();
  }
  const observed = tallies.observation.scores.overall().n > 0;
  const chosen = observed ? tallies.observation : tallies.analysis;
  const verified = chosen.scores.overall().n > 0;
  return {
    placeId,
    from,
    to,
    model,
    verifiedBy: observed ? 'observation' : verified ? 'analysis' : null,
    toleranceMinutes: VERIFY_TOLERANCE_MS / MINUTE_MS,
    issues,
    tiers,
    ...(await memoryNow(store, model === null ? null : newest)),
    ...chosen.document(),
  };
}

/** Everything that is summed over the pairs of one kind of reading. */
class Tally {
  readonly scores = new ScoresByLead();
  readonly #readings: VerifyingReadings;
  readonly #providers: RawProviders;
  readonly #overall = new LeadRecord();
  readonly #byLead = new Map<number, LeadRecord>();
  readonly #calibration = new CalibrationSums();
  readonly #hourByLead = new HourByLeadSums();
  readonly #stability = new StabilitySums();

  constructor(readings: VerifyingReadings, providers: RawProviders) {
    this.#readings = readings;
    this.#providers = providers;
  }

  add({ issuedAt, source, validAt, meanC, quantilesC, thinnedC }: Prediction, kind: ObservationKind): void {
    const levels = quantilesC ? LEVELS : THINNED_LEVELS;
    const persistenceC = this.#readings.near(issuedAt, null, source);
    for (const [lead, at] of validAt.entries()) {
      const mean = meanC[lead];
      if (mean === undefined || !Number.isFinite(mean)) continue;
      this.#stability.add(at, mean);
      const observed = this.#readings.reading(at, kind);
      if (observed === null) continue;
      const observedC = observed.temperatureC;
      // The newest same hour of a past day that was known at the issue time.
      const sameHourAt = at - Math.ceil((at - issuedAt) / DAY_MS) * DAY_MS;
      const pair: Pair = {
        meanC: mean,
        quantilesC: (quantilesC ?? thinnedC)?.[lead] ?? null,
        levels,
        observedC,
        persistenceC,
        yesterdayC: this.#readings.near(sameHourAt, kind),
      };
      const leadHours = Math.ceil((at - issuedAt) / HOUR_MS);
      this.scores.add(leadHours, pair);
      this.#record(leadHours, {
        issuedAt,
        errorC: mean - observedC,
        inside80: insideOf80(pair),
        referenceErrorC: this.#referenceErrors(pair, at, issuedAt, kind, observed.source),
      });
      this.#hourByLead.add(at, leadHours, mean - observedC);
      if (pair.quantilesC !== null && levels === LEVELS) this.#calibration.add(pair.quantilesC, observedC);
    }
  }

  #record(leadHours: number, pair: LeadPair): void {
    let record = this.#byLead.get(leadHours);
    if (!record) {
      record = new LeadRecord();
      this.#byLead.set(leadHours, record);
    }
    record.add(pair);
    this.#overall.add(pair);
  }

  #referenceErrors(
    { persistenceC, yesterdayC, observedC }: Pair,
    at: Instant,
    issuedAt: Instant,
    kind: ObservationKind,
    verifiedBySource: string,
  ): ReadonlyMap<string, number> {
    const errors = new Map<string, number>();
    const said = (id: string, saidC: number | null) => {
      if (saidC !== null) errors.set(id, saidC - observedC);
    };
    said('persistence', persistenceC);
    said('yesterday', yesterdayC);
    said('climatology', this.#readings.climatology(at, kind, issuedAt));
    for (const source of this.#providers.sources)
      if (kind === 'observation' || source !== verifiedBySource)
        said(`provider:${source}`, this.#providers.saidC(source, at, issuedAt));
    return errors;
  }

  document() {
    return {
      overall: { ...this.scores.overall(), ...this.#overall.skill(OVERALL_LAG) },
      byLead: this.scores.byLead().map((scores) => ({
        ...scores,
        ...(this.#byLead.get(scores.leadHours) ?? new LeadRecord()).skill(scores.leadHours - 1),
      })),
      calibration: this.#calibration.calibration(),
      hourByLead: this.#hourByLead.cells(),
      stability: this.#stability.stability(),
    };
  }
}

function insideOf80({ quantilesC, levels, observedC }: Pair): boolean | null {
  const [low, high] = [quantilesC?.[levels.indexOf(0.1)], quantilesC?.[levels.indexOf(0.9)]];
  return low === undefined || high === undefined ? null : observedC >= low && observedC <= high;
}
