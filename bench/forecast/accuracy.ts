import { crps } from '../../src/forecast/verify/scores.ts';
import { LEVELS } from '../../src/weather/prediction.ts';
import { LEADS } from './windows.ts';

/** What a model said in one window: by lead, and its 19 quantiles where it has any. */
export interface Said {
  readonly mean: readonly number[];
  readonly quantiles: readonly (readonly number[])[] | null;
  readonly seconds: number;
}

/** A model's scores over the windows that all models answered. */
export interface ModelScores {
  readonly model: string;
  readonly n: number;
  readonly maeC: number;
  readonly crpsC: number;
  readonly coverage80: number;
  readonly byLead: readonly number[];
  readonly seconds: number;
  /** Mean absolute error of each window, °C. */
  readonly byWindow: readonly number[];
}

export const LISTED_LEADS: readonly number[] = [1, 3, 6, 12, 24, 48];

export function scoresOf(
  model: string,
  said: readonly Said[],
  observed: readonly (readonly (number | null)[])[],
): ModelScores {
  const lead = Array.from({ length: LEADS }, () => ({ sum: 0, n: 0 }));
  let [crpsSum, inside, n, seconds] = [0, 0, 0, 0];
  const byWindow = said.map((one, window) => {
    let [sum, count] = [0, 0];
    seconds += one.seconds / said.length;
    for (const [index, value] of (observed[window] ?? []).entries()) {
      const cell = lead[index];
      if (value === null || !cell) continue;
      const error = Math.abs((one.mean[index] ?? Number.NaN) - value);
      const quantiles = one.quantiles?.[index] ?? LEVELS.map(() => one.mean[index] ?? Number.NaN);
      crpsSum += crps(quantiles, value);
      inside += value >= (quantiles[1] ?? 0) && value <= (quantiles[17] ?? 0) ? 1 : 0;
      cell.sum += error;
      cell.n++;
      sum += error;
      count++;
    }
    n += count;
    return sum / count;
  });
  const maeC = lead.reduce((total, cell) => total + cell.sum / cell.n, 0) / LEADS;
  return {
    model,
    n: said.length,
    maeC,
    crpsC: crpsSum / n,
    coverage80: inside / n,
    byLead: LISTED_LEADS.map((hours) => (lead[hours - 1]?.sum ?? 0) / (lead[hours - 1]?.n ?? 1)),
    seconds,
    byWindow,
  };
}

/** Mean of what `other` errs more in the same windows, and its standard error, °C. */
export function pairedDifference(ours: ModelScores, other: ModelScores): { mean: number; error: number } {
  const differences = other.byWindow.map((value, window) => value - (ours.byWindow[window] ?? 0));
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (differences.length - 1);
  return { mean, error: Math.sqrt(variance / differences.length) };
}

export function printScores(title: string, ours: ModelScores, all: readonly ModelScores[]): void {
  console.log(`\n${title}`);
  const leads = LISTED_LEADS.map((hours) => `+${hours}`.padStart(6)).join('');
  console.log(`  ${'model'.padEnd(34)}   MAE   CRPS${leads}  80 %  s/forecast  errs more by (± s.e.)`);
  for (const one of all) {
    const { mean, error } = pairedDifference(ours, one);
    const against = one === ours ? '' : `${mean.toFixed(3)} ± ${error.toFixed(3)}`;
    const cells = one.byLead.map((value) => value.toFixed(2).padStart(6)).join('');
    console.log(
      `  ${one.model.padEnd(34)}${one.maeC.toFixed(3).padStart(6)}${one.crpsC.toFixed(3).padStart(7)}${cells}  ${one.coverage80.toFixed(2)}  ${one.seconds.toFixed(5).padStart(10)}  ${against}`,
    );
  }
}
