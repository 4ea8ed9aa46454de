import { LEVELS } from '../../weather/prediction.ts';

/** One forecast value with what came. */
export interface Pair {
  readonly meanC: number;
  /** Quantiles at `levels`, ascending; `null` when none were kept. */
  readonly quantilesC: readonly number[] | null;
  /** `LEVELS`, or `THINNED_LEVELS` of an old vintage. */
  readonly levels: readonly number[];
  readonly observedC: number;
  /** What persistence and yesterday's same hour said; `null` where they could not say anything. */
  readonly persistenceC: number | null;
  readonly yesterdayC: number | null;
}

/** Scores over some pairs; `null` where there is nothing to score. Errors are forecast − observed, °C. */
export interface Scores {
  readonly n: number;
  readonly maeC: number | null;
  readonly biasC: number | null;
  readonly rmseC: number | null;
  /** Continuous ranked probability score, as twice the mean pinball loss over the 19 levels, °C. */
  readonly crpsC: number | null;
  /** Share of observations inside the central 50, 80 and 90 % bands, ends included. */
  readonly coverage50: number | null;
  readonly coverage80: number | null;
  readonly coverage90: number | null;
  /** The reading at the issue time, held; and the newest reading at the same hour that was known then. */
  readonly persistence: ReferenceScore;
  readonly yesterday: ReferenceScore;
}

export interface ReferenceScore {
  /** Pairs in which the reference could say something. */
  readonly n: number;
  readonly maeC: number | null;
  /** The forecast's own error on the same pairs. */
  readonly forecastMaeC: number | null;
  /** 1 − MAE of the forecast / MAE of the reference, on the same pairs. */
  readonly skill: number | null;
}

/**
 * Pinball (quantile) loss of one level, °C: `(y − q)·level` above the quantile, `(q − y)·(1 − level)` below. Koenker &
 * Bassett 1978.
 */
export const pinball = (level: number, quantileC: number, observedC: number): number =>
  observedC >= quantileC ? level * (observedC - quantileC) : (1 - level) * (quantileC - observedC);

/**
 * Twice the mean pinball loss over the 19 levels, °C: the CRPS with its integral over the levels taken as a sum. Laio &
 * Tamea 2007.
 */
export function crps(quantilesC: readonly number[], observedC: number): number {
  let sum = 0;
  for (let index = 0; index < LEVELS.length; index++)
    sum += pinball(LEVELS[index] ?? 0, quantilesC[index] ?? Number.NaN, observedC);
  return (2 * sum) / LEVELS.length;
}

/** Scores of pairs that are given one after the other; holds sums, never the pairs. */
export class ScoreSums {
  readonly #error = { n: 0, absolute: 0, signed: 0, squared: 0 };
  readonly #crps = { n: 0, sum: 0 };
  readonly #covered = { n: 0, in50: 0, in80: 0, in90: 0 };
  readonly #persistence = new ReferenceSums();
  readonly #yesterday = new ReferenceSums();

  add(pair: Pair): void {
    const { meanC, observedC } = pair;
    const error = meanC - observedC;
    this.#error.n++;
    this.#error.absolute += Math.abs(error);
    this.#error.signed += error;
    this.#error.squared += error * error;
    this.#persistence.add(pair.persistenceC, observedC, error);
    this.#yesterday.add(pair.yesterdayC, observedC, error);
    this.#addBands(pair);
  }

  #addBands({ quantilesC, levels, observedC }: Pair): void {
    if (quantilesC === null) return;
    if (levels === LEVELS) {
      this.#crps.n++;
      this.#crps.sum += crps(quantilesC, observedC);
    }
    const inside = (low: number, high: number) =>
      observedC >= (quantilesC[levels.indexOf(low)] ?? Number.POSITIVE_INFINITY) &&
      observedC <= (quantilesC[levels.indexOf(high)] ?? Number.NEGATIVE_INFINITY);
    this.#covered.n++;
    if (inside(0.25, 0.75)) this.#covered.in50++;
    if (inside(0.1, 0.9)) this.#covered.in80++;
    if (inside(0.05, 0.95)) this.#covered.in90++;
  }

  scores(): Scores {
    const { n, absolute, signed, squared } = this.#error;
    const { in50, in80, in90 } = this.#covered;
    const meanSquare = ratio(squared, n);
    return {
      n,
      maeC: ratio(absolute, n),
      biasC: ratio(signed, n),
      rmseC: meanSquare === null ? null : Math.sqrt(meanSquare),
      crpsC: ratio(this.#crps.sum, this.#crps.n),
      coverage50: ratio(in50, this.#covered.n),
      coverage80: ratio(in80, this.#covered.n),
      coverage90: ratio(in90, this.#covered.n),
      persistence: this.#persistence.score(),
      yesterday: this.#yesterday.score(),
    };
  }
}

class ReferenceSums {
  #n = 0;
  #reference = 0;
  #forecast = 0;

  add(saidC: number | null, observedC: number, forecastError: number): void {
    if (saidC === null) return;
    this.#n++;
    this.#reference += Math.abs(saidC - observedC);
    this.#forecast += Math.abs(forecastError);
  }

  score(): ReferenceScore {
    const [maeC, forecastMaeC] = [ratio(this.#reference, this.#n), ratio(this.#forecast, this.#n)];
    const skill = maeC === null || forecastMaeC === null || maeC === 0 ? null : 1 - forecastMaeC / maeC;
    return { n: this.#n, maeC, forecastMaeC, skill };
  }
}

const ratio = (sum: number, n: number): number | null => (n === 0 ? null : sum / n);

/** Scores of a list of pairs. */
export function scoresOf(pairs: Iterable<Pair>): Scores {
  const sums = new ScoreSums();
  for (const pair of pairs) sums.add(pair);
  return sums.scores();
}

/** Scores of all pairs and of each lead. */
export class ScoresByLead {
  readonly #all = new ScoreSums();
  readonly #byLead = new Map<number, ScoreSums>();

  add(leadHours: number, pair: Pair): void {
    this.#all.add(pair);
    let sums = this.#byLead.get(leadHours);
    if (!sums) {
      sums = new ScoreSums();
      this.#byLead.set(leadHours, sums);
    }
    sums.add(pair);
  }

  overall(): Scores {
    return this.#all.scores();
  }

  /** Ascending by lead. */
  byLead(): readonly ({ readonly leadHours: number } & Scores)[] {
    return [...this.#byLead]
      .sort(([one], [other]) => one - other)
      .map(([leadHours, sums]) => ({ leadHours, ...sums.scores() }));
  }
}
