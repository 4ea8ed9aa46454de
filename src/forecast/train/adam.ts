const FIRST_KEPT = 0.9;
const SECOND_KEPT = 0.999;
/** Share of a number that is lost with each unit of step. */
const DECAY = 0.1;

/** Steps along gradients by their first two moments (Kingma & Ba 2015), with decoupled decay (Loshchilov & Hutter 2019). */
export class Adam {
  /** Added to by whoever computes it; empty again after a step. */
  readonly gradient: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  readonly #from: number;
  /** What is left of the moments' beginning. */
  #firstLeft = 1;
  #secondLeft = 1;

  /** Numbers before `from` are no weights and stay as they are. */
  constructor(count: number, from: number) {
    this.gradient = new Float64Array(count);
    this.#first = new Float64Array(count);
    this.#second = new Float64Array(count);
    this.#from = from;
  }

  step(numbers: Float64Array, size: number): void {
    const [gradient, first, second] = [this.gradient, this.#first, this.#second];
    this.#firstLeft *= FIRST_KEPT;
    this.#secondLeft *= SECOND_KEPT;
    const firstPart = 1 - this.#firstLeft;
    const secondPart = 1 - this.#secondLeft;
    for (let index = this.#from; index < numbers.length; index++) {
      const slope = gradient[index] ?? 0;
      const one = FIRST_KEPT * (first[index] ?? 0) + (1 - FIRST_KEPT) * slope;
      const two = SECOND_KEPT * (second[index] ?? 0) + (1 - SECOND_KEPT) * slope * slope;
      first[index] = one;
      second[index] = two;
      const value = numbers[index] ?? 0;
      numbers[index] = value - size * (one / firstPart / (Math.sqrt(two / secondPart) + 1e-8) + DECAY * value);
    }
    gradient.fill(0);
  }
}
