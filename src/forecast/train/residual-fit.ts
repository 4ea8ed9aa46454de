import { seededRandom } from '../../core/random.ts';
import { LEADS, YEAR_TIER } from '../models/features.ts';
import {
  bend,
  RESIDUAL_HIDDEN,
  RESIDUAL_INPUTS,
  RESIDUAL_LEADS,
  RESIDUAL_NUMBERS,
  RESIDUAL_PARTS,
  residualInputs,
  residualScale,
  standardise,
} from '../models/residual-network.ts';
import { Adam } from './adam.ts';
import type { Coefficients } from './ridge.ts';
import { changeBy } from './spread.ts';
import type { Row } from './station-hours.ts';

/** The tier whose errors are learnt. */
const TIER = YEAR_TIER - 1;
/** Fewer origins than this say nothing that a linear model does not. */
const LEAST_ROWS = 2_000;
const EPOCHS = 12;
const BATCH = 128;
const FIRST_STEP = 0.004;
/** Errors below this many mean errors pull as their size says, those above all alike (Huber): the median is sought. */
const ROUND = 0.3;

const { hidden: HIDDEN_FROM, hiddenRow: HIDDEN_ROW, out: OUT_FROM, outRow: OUT_ROW } = RESIDUAL_PARTS;

/** Origins of several stations with what the linear model was wrong by. */
export class ResidualRows {
  readonly #inputs: Float64Array[] = [];
  readonly #wrong: Float64Array[] = [];
  readonly #weights: number[] = [];

  get count(): number {
    return this.#inputs.length;
  }

  /** All origins of one station: each station has the same weight. */
  addStation(rows: Iterable<Row>, coefficients: Coefficients): void {
    const before = this.count;
    const changeC = new Float64Array(LEADS + 1);
    for (const row of rows) {
      if (row.features.tier < TIER || row.change.subarray(1).some(Number.isNaN)) continue;
      for (let lead = 1; lead <= LEADS; lead++) changeC[lead] = changeBy(coefficients, row, TIER, lead);
      const inputs = new Float64Array(RESIDUAL_INPUTS);
      residualInputs(row.features, row.past, changeC, inputs);
      const scale = residualScale(row.features);
      this.#inputs.push(inputs);
      this.#wrong.push(
        Float64Array.from({ length: RESIDUAL_LEADS }, (_, index) => {
          const lead = index + 1;
          return ((row.change[lead] ?? 0) - (changeC[lead] ?? 0)) / scale;
        }),
      );
    }
    const added = this.count - before;
    for (let row = 0; row < added; row++) this.#weights.push(1 / added);
  }

  /**
   * A network with one hidden layer for the linear model's error, by stochastic gradients (Adam: Kingma & Ba 2015) with
   * decay of the weights, of a Huber loss near to the absolute one. The same rows give the same numbers; too few give
   * zeros.
   */
  fit(): Float64Array {
    const numbers = new Float64Array(RESIDUAL_NUMBERS);
    if (this.count < LEAST_ROWS) return numbers;
    this.#standardiseAll(numbers);
    const random = seededRandom(1, 'residual network');
    const reach = Math.sqrt(3 / RESIDUAL_INPUTS);
    for (let unit = 0; unit < RESIDUAL_HIDDEN; unit++)
      for (let input = 0; input < RESIDUAL_INPUTS; input++)
        numbers[HIDDEN_FROM + unit * HIDDEN_ROW + input] = reach * (2 * random() - 1);
    const sizes = this.#meanSizes();
    const meanWeight = this.#weights.reduce((sum, weight) => sum + weight, 0) / this.count;
    const order = Uint32Array.from({ length: this.count }, (_, index) => index);
    const adam = new Adam(RESIDUAL_NUMBERS, HIDDEN_FROM);
    const batches = Math.floor(this.count / BATCH);
    const pass = new Pass(numbers, adam.gradient, sizes);
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      shuffle(order, random);
      for (let batch = 0; batch < batches; batch++) {
        for (let index = 0; index < BATCH; index++) {
          const row = order[batch * BATCH + index] ?? 0;
          const [inputs, wrong] = [this.#inputs[row], this.#wrong[row]];
          if (inputs && wrong) pass.add(inputs, wrong, (this.#weights[row] ?? 0) / (meanWeight * BATCH));
        }
        adam.step(numbers, FIRST_STEP * (1 - (epoch * batches + batch) / (EPOCHS * batches)));
      }
    }
    return numbers;
  }

  #standardiseAll(numbers: Float64Array): void {
    for (let input = 0; input < RESIDUAL_INPUTS; input++) {
      let [sum, squares] = [0, 0];
      for (const row of this.#inputs) sum += row[input] ?? 0;
      const mean = sum / this.count;
      for (const row of this.#inputs) squares += ((row[input] ?? 0) - mean) ** 2;
      numbers[input] = Math.fround(mean);
      numbers[RESIDUAL_INPUTS + input] = Math.fround(1 / (Math.sqrt(squares / this.count) + 0.001));
    }
    for (const row of this.#inputs) standardise(numbers, 0, row);
  }

  #meanSizes(): Float64Array {
    const sizes = new Float64Array(RESIDUAL_LEADS);
    for (const row of this.#wrong)
      for (let lead = 0; lead < RESIDUAL_LEADS; lead++)
        sizes[lead] = (sizes[lead] ?? 0) + Math.abs(row[lead] ?? 0) / this.count;
    return sizes;
  }
}

function shuffle(order: Uint32Array, random: () => number): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const value = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = value;
  }
}

/** One row through the network and its gradient back. */
class Pass {
  readonly #numbers: Float64Array;
  readonly #gradient: Float64Array;
  readonly #sizes: Float64Array;
  readonly #sum = new Float64Array(RESIDUAL_HIDDEN);
  readonly #back = new Float64Array(RESIDUAL_HIDDEN);

  constructor(numbers: Float64Array, gradient: Float64Array, sizes: Float64Array) {
    this.#numbers = numbers;
    this.#gradient = gradient;
    this.#sizes = sizes;
  }

  add(inputs: Float64Array, wrong: Float64Array, weight: number): void {
    const [numbers, gradient, hidden, back] = [this.#numbers, this.#gradient, this.#sum, this.#back];
    for (let unit = 0; unit < RESIDUAL_HIDDEN; unit++) {
      const row = HIDDEN_FROM + unit * HIDDEN_ROW;
      let sum = numbers[row + RESIDUAL_INPUTS] ?? 0;
      for (let input = 0; input < RESIDUAL_INPUTS; input++) sum += (numbers[row + input] ?? 0) * (inputs[input] ?? 0);
      hidden[unit] = bend(sum);
      back[unit] = 0;
    }
    for (let lead = 0; lead < RESIDUAL_LEADS; lead++) {
      const row = OUT_FROM + lead * OUT_ROW;
      let said = numbers[row + RESIDUAL_HIDDEN] ?? 0;
      for (let unit = 0; unit < RESIDUAL_HIDDEN; unit++) said += (numbers[row + unit] ?? 0) * (hidden[unit] ?? 0);
      const size = this.#sizes[lead] ?? 1;
      const pull = (weight * Math.max(-1, Math.min(1, (said - (wrong[lead] ?? 0)) / (ROUND * size)))) / size;
      for (let unit = 0; unit < RESIDUAL_HIDDEN; unit++) {
        back[unit] = (back[unit] ?? 0) + pull * (numbers[row + unit] ?? 0);
        gradient[row + unit] = (gradient[row + unit] ?? 0) + pull * (hidden[unit] ?? 0);
      }
      gradient[row + RESIDUAL_HIDDEN] = (gradient[row + RESIDUAL_HIDDEN] ?? 0) + pull;
    }
    for (let unit = 0; unit < RESIDUAL_HIDDEN; unit++) {
      const row = HIDDEN_FROM + unit * HIDDEN_ROW;
      const pull = (back[unit] ?? 0) * (1 - Math.abs(hidden[unit] ?? 0)) ** 2;
      for (let input = 0; input < RESIDUAL_INPUTS; input++)
        gradient[row + input] = (gradient[row + input] ?? 0) + pull * (inputs[input] ?? 0);
      gradient[row + RESIDUAL_INPUTS] = (gradient[row + RESIDUAL_INPUTS] ?? 0) + pull;
    }
  }
}
