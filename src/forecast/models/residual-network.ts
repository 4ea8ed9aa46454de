import type { Features } from './features.ts';

/** The linear model's leads that the network corrects, hours: later it gave nothing at stations that it had not seen. */
export const RESIDUAL_LEADS = 24;
/** From here on its correction fades to nothing at the lead after its last. */
const FADES_FROM = 18;
export const RESIDUAL_HIDDEN = 48;
/** Lowest tier that has all it looks at: two whole days and a week's mean day. */
export const RESIDUAL_TIER = 3;

const PAST_H: readonly number[] = [...Array.from({ length: 24 }, (_, hour) => hour + 1), 30, 36, 42, 48];
const PROFILE_H: readonly number[] = Array.from({ length: 12 }, (_, index) => 2 * index);
const CHANGE_H: readonly number[] = [1, 3, 6, 9, 12, 15, 18, 21, 24, 30, 36, 42, 48];
/** Waves of the hour, the sun's height and its lag, and how long the day is: the columns of the features. */
const SUN_COLUMNS: readonly number[] = [1, 2, 3, 4, 5, 6, 12];
export const RESIDUAL_INPUTS = PAST_H.length + PROFILE_H.length + 1 + CHANGE_H.length + SUN_COLUMNS.length + 2;

/** Inputs further from their mean count as so many standard deviations. */
const WIDEST = 4;

const HIDDEN_FROM = 2 * RESIDUAL_INPUTS;
const HIDDEN_ROW = RESIDUAL_INPUTS + 1;
const OUT_FROM = HIDDEN_FROM + RESIDUAL_HIDDEN * HIDDEN_ROW;
const OUT_ROW = RESIDUAL_HIDDEN + 1;
/** Mean and 1 / standard deviation of each input; a row of each hidden unit; a row of each lead. A row ends in its bias. */
export const RESIDUAL_NUMBERS = OUT_FROM + RESIDUAL_LEADS * OUT_ROW;
export const RESIDUAL_PARTS = { hidden: HIDDEN_FROM, hiddenRow: HIDDEN_ROW, out: OUT_FROM, outRow: OUT_ROW } as const;

/** How much the place's weather moves, °C: what the network sees and says is in units of it. */
export const residualScale = ({ dayToDay, dayRange }: Features): number => 0.5 * dayToDay + 0.15 * dayRange + 0.7;

/**
 * Fills in what the network looks at: differences to the origin's temperature in units of `residualScale`, and the sun.
 * Neither the latitude nor how warm it is are among them: with fifteen stations they would be names of places.
 */
export function residualInputs(features: Features, past: Float64Array, changeC: Float64Array, into: Float64Array) {
  const y = past[0] ?? 0;
  const scale = residualScale(features);
  let place = 0;
  for (const hour of PAST_H) into[place++] = ((past[hour] ?? 0) - y) / scale;
  for (const hour of PROFILE_H) into[place++] = ((features.weekProfile[hour] ?? 0) - y) / scale;
  into[place++] = (features.weekMean - y) / scale;
  for (const lead of CHANGE_H) into[place++] = (changeC[lead] ?? 0) / scale;
  for (const column of SUN_COLUMNS) into[place++] = features.shared[column] ?? 0;
  into[place++] = Math.log(scale);
  into[place++] = Math.log((features.dayRange + 1) / (features.dayToDay + 0.7));
}

/** In units of its mean and standard deviation, in place. */
export function standardise(numbers: ArrayLike<number>, from: number, inputs: Float64Array): void {
  for (let input = 0; input < RESIDUAL_INPUTS; input++) {
    const value =
      ((inputs[input] ?? 0) - (numbers[from + input] ?? 0)) * (numbers[from + RESIDUAL_INPUTS + input] ?? 0);
    inputs[input] = Math.max(-WIDEST, Math.min(WIDEST, value));
  }
}

/** Softsign: bounded as tanh is, of arithmetic alone. */
export const bend = (value: number): number => value / (1 + Math.abs(value));

const inputs = new Float64Array(RESIDUAL_INPUTS);
const hidden = new Float64Array(RESIDUAL_HIDDEN);

/**
 * Adds to `changeC[lead]` what the network (its numbers begin at `from`) says that the linear model will be wrong by.
 * Only for features of `RESIDUAL_TIER` and above.
 */
export function addResidual(
  numbers: Float32Array,
  from: number,
  features: Features,
  past: Float64Array,
  changeC: Float64Array,
): void {
  residualInputs(features, past, changeC, inputs);
  standardise(numbers, from, inputs);
  for (let unit = 0; unit < RESIDUAL_HIDDEN; unit++) {
    const row = from + HIDDEN_FROM + unit * HIDDEN_ROW;
    let sum = numbers[row + RESIDUAL_INPUTS] ?? 0;
    for (let input = 0; input < RESIDUAL_INPUTS; input++) sum += (numbers[row + input] ?? 0) * (inputs[input] ?? 0);
    hidden[unit] = bend(sum);
  }
  const scale = residualScale(features);
  for (let lead = 1; lead <= RESIDUAL_LEADS; lead++) {
    const row = from + OUT_FROM + (lead - 1) * OUT_ROW;
    let sum = numbers[row + RESIDUAL_HIDDEN] ?? 0;
    for (let unit = 0; unit < RESIDUAL_HIDDEN; unit++) sum += (numbers[row + unit] ?? 0) * (hidden[unit] ?? 0);
    const share = Math.min(1, (RESIDUAL_LEADS + 1 - lead) / (RESIDUAL_LEADS + 1 - FADES_FROM));
    changeC[lead] = (changeC[lead] ?? 0) + share * scale * sum;
  }
}
