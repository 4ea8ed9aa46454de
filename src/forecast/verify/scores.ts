import { LEVELS } from '../../weather/prediction.ts';

/** One forecast value with what came. */
export interface Pair {
  readonly leadHours: number;
  readonly meanC: number;
  /** At `LEVELS`; `null` when the vintage was thinned. */
  readonly quantilesC: readonly number[] | null;
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
  /** Share of observations inside the central 50, 80 and 90 % bands. */
  readonly coverage50: number | null;
  readonly coverage80: number | null;
  readonly coverage90: number | null;
  /** On the pairs where the reference could say something, with the forecast's own error on the same pairs. */
  readonly persistence: ReferenceScore;
  readonly yesterday: ReferenceScore;
}

export interface ReferenceScore {
  readonly n: number;
  readonly maeC: number | null;
  /** 1 − MAE of the forecast / MAE of the reference, on the same pairs. */
  readonly skill: number | null;
}

/** Pinball (quantile) loss of one level: (y − q)·level above, (q − y)·(1 − level) below. Koenker & Bassett 1978. */
export const pinball = (level: number, quantileC: number, observedC: number): number =>
  observedC >= quantileC ? level * (observedC - quantileC) : (1 - level) * (quantileC - observedC);

/** Twice the mean pinball loss over the 19 levels: an approximation of the CRPS (Laio & Tamea 2007). */
export function crps(quantilesC: readonly number[], observedC: number): number {
  let sum = 0;
  for (const [index, level] of LEVELS.entries()) sum += pinball(level, quantilesC[index] ?? Number.NaN, observedC);
  return (2 * sum) / LEVELS.length;
}

/** Scores of pairs. */
export function scoresOf(pairs: readonly Pair[]): Scores {
  const errors = pairs.map(({ meanC, observedC }) => meanC - observedC);
  const banded = pairs.filter((pair): pair is Pair & { quantilesC: readonly number[] } => pair.quantilesC !== null);
  const covered = (share: number) => {
    const low = Math.round((0.5 - share / 2) * 20) - 1;
    const high = Math.round((0.5 + share / 2) * 20) - 1;
    return mean(
      banded.map(({ quantilesC, observedC }) =>
        observedC >= (quantilesC[low] ?? 0) && observedC <= (quantilesC[high] ?? 0) ? 1 : 0,
      ),
    );
  };
  const squared = mean(errors.map((error) => error * error));
  return {
    n: pairs.length,
    maeC: mean(errors.map(Math.abs)),
    biasC: mean(errors),
    rmseC: squared === null ? null : Math.sqrt(squared),
    crpsC: mean(banded.map(({ quantilesC, observedC }) => crps(quantilesC, observedC))),
    // The 50 % band ends at the levels 0.25 and 0.75, the 80 % band at 0.1 and 0.9, the 90 % band at 0.05 and 0.95.
    coverage50: covered(0.5),
    coverage80: covered(0.8),
    coverage90: covered(0.9),
    persistence: against(pairs, ({ persistenceC }) => persistenceC),
    yesterday: against(pairs, ({ yesterdayC }) => yesterdayC),
  };
}

function against(pairs: readonly Pair[], reference: (pair: Pair) => number | null): ReferenceScore {
  const own: number[] = [];
  const other: number[] = [];
  for (const pair of pairs) {
    const said = reference(pair);
    if (said === null) continue;
    own.push(Math.abs(pair.meanC - pair.observedC));
    other.push(Math.abs(said - pair.observedC));
  }
  const [ownMae, maeC] = [mean(own), mean(other)];
  return { n: other.length, maeC, skill: ownMae === null || maeC === null || maeC === 0 ? null : 1 - ownMae / maeC };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
