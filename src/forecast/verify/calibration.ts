import { LEVELS } from '../../weather/prediction.ts';
import { pinball } from './scores.ts';

/** How true the bands are; over issues that still hold all 19 levels. */
export interface Calibration {
  readonly n: number;
  /** Share of observations in each of the 20 gaps that the 19 levels make, lowest first; flat at 0.05 when all is well. */
  readonly pit: readonly number[];
  /** Mean pinball loss of each level, °C. */
  readonly pinball: readonly { readonly level: number; readonly lossC: number }[];
  /** Interval (Winkler) score of the central 50, 80 and 90 % bands, °C: width, and a fine for what lies outside. */
  readonly intervalScore50C: number | null;
  readonly intervalScore80C: number | null;
  readonly intervalScore90C: number | null;
  /** Mean width of the 80 % band, °C: sharpness. */
  readonly width80C: number | null;
}

const at = (level: number) => LEVELS.indexOf(level);
const BANDS = [
  { share: 0.5, low: at(0.25), high: at(0.75) },
  { share: 0.8, low: at(0.1), high: at(0.9) },
  { share: 0.9, low: at(0.05), high: at(0.95) },
] as const;

/**
 * Interval score of a central band that should hold `share`, °C: `(u − l) + 2/α·(l − y)⁺ + 2/α·(y − u)⁺`, α = 1 − share.
 * Gneiting, T., and A. E. Raftery, 2007: Strictly Proper Scoring Rules. J. Amer. Stat. Assoc., 102, 359–378.
 */
export function intervalScore(share: number, lowC: number, highC: number, observedC: number): number {
  const fine = 2 / (1 - share);
  return highC - lowC + fine * Math.max(0, lowC - observedC) + fine * Math.max(0, observedC - highC);
}

/** Sums over forecasts that are given one after the other. */
export class CalibrationSums {
  #n = 0;
  readonly #pit = new Float64Array(LEVELS.length + 1);
  readonly #pinball = new Float64Array(LEVELS.length);
  readonly #interval = new Float64Array(BANDS.length);
  #width80 = 0;

  add(quantilesC: readonly number[], observedC: number): void {
    this.#n++;
    const below = quantilesC.filter((quantile) => quantile < observedC).length;
    this.#pit[below] = (this.#pit[below] ?? 0) + 1;
    for (const [index, level] of LEVELS.entries())
      this.#pinball[index] = (this.#pinball[index] ?? 0) + pinball(level, quantilesC[index] ?? Number.NaN, observedC);
    for (const [index, { share, low, high }] of BANDS.entries()) {
      const [lowC, highC] = [quantilesC[low] ?? Number.NaN, quantilesC[high] ?? Number.NaN];
      this.#interval[index] = (this.#interval[index] ?? 0) + intervalScore(share, lowC, highC, observedC);
      if (share === 0.8) this.#width80 += highC - lowC;
    }
  }

  calibration(): Calibration {
    const n = this.#n;
    const mean = (sum: number | undefined) => (n === 0 ? null : (sum ?? 0) / n);
    return {
      n,
      pit: n === 0 ? [] : [...this.#pit].map((count) => count / n),
      pinball: n === 0 ? [] : LEVELS.map((level, index) => ({ level, lossC: (this.#pinball[index] ?? 0) / n })),
      intervalScore50C: mean(this.#interval[0]),
      intervalScore80C: mean(this.#interval[1]),
      intervalScore90C: mean(this.#interval[2]),
      width80C: mean(this.#width80),
    };
  }
}
