import { COLUMNS, type Features, LEAD_COLUMNS, LEADS } from '../models/features.ts';

const PER_LEAD = LEAD_COLUMNS.length;
const IS_OF_LEAD = new Set(LEAD_COLUMNS);
const SHARED_COLUMNS: readonly number[] = Array.from({ length: COLUMNS }, (_, column) => column).filter(
  (column) => !IS_OF_LEAD.has(column),
);
const SHARED = SHARED_COLUMNS.length;

const shared = new Float64Array(SHARED);

/**
 * Sums of products of the features with each other and with the changes, for every lead. What is the same for every lead
 * is summed once. Sums of stations add up, so that leaving one out costs nothing.
 */
export class Gram {
  readonly #shared = new Float64Array(SHARED * SHARED);
  readonly #cross = new Float64Array(LEADS * PER_LEAD * SHARED);
  readonly #own = new Float64Array(LEADS * PER_LEAD * PER_LEAD);
  readonly #sharedRight = new Float64Array(LEADS * SHARED);
  readonly #ownRight = new Float64Array(LEADS * PER_LEAD);
  rows = 0;

  add(features: Features, change: Float64Array): void {
    this.rows++;
    for (let index = 0; index < SHARED; index++) shared[index] = features.shared[SHARED_COLUMNS[index] ?? 0] ?? 0;
    for (let row = 0; row < SHARED; row++) addScaled(this.#shared, row * SHARED, shared, row + 1, shared[row] ?? 0);
    for (let lead = 0; lead < LEADS; lead++) {
      const { ofLead } = features;
      const from = lead * PER_LEAD;
      for (let row = 0; row < PER_LEAD; row++) {
        const value = ofLead[from + row] ?? 0;
        addScaled(this.#cross, (from + row) * SHARED, shared, SHARED, value);
        const own = (from + row) * PER_LEAD;
        for (let column = 0; column <= row; column++)
          this.#own[own + column] = (this.#own[own + column] ?? 0) + value * (ofLead[from + column] ?? 0);
        this.#ownRight[from + row] = (this.#ownRight[from + row] ?? 0) + value * (change[lead + 1] ?? 0);
      }
      addScaled(this.#sharedRight, lead * SHARED, shared, SHARED, change[lead + 1] ?? 0);
    }
  }

  /** Adds another's sums times `weight`. */
  addAll(other: Gram, weight: number): void {
    this.rows += other.rows;
    for (const [mine, theirs] of [
      [this.#shared, other.#shared],
      [this.#cross, other.#cross],
      [this.#own, other.#own],
      [this.#sharedRight, other.#sharedRight],
      [this.#ownRight, other.#ownRight],
    ] as const)
      addScaled(mine, 0, theirs, theirs.length, weight);
  }

  /** The whole lower triangle and right-hand side of a lead (0 is +1 h), by columns of the features. */
  system(lead: number): { readonly matrix: Float64Array; readonly right: Float64Array } {
    const matrix = new Float64Array(COLUMNS * COLUMNS);
    const right = new Float64Array(COLUMNS);
    const put = (one: number, other: number, value: number) => {
      matrix[Math.max(one, other) * COLUMNS + Math.min(one, other)] = value;
    };
    for (const [row, column] of SHARED_COLUMNS.entries()) {
      for (let other = 0; other <= row; other++)
        put(column, SHARED_COLUMNS[other] ?? 0, this.#shared[row * SHARED + other] ?? 0);
      right[column] = this.#sharedRight[lead * SHARED + row] ?? 0;
    }
    for (const [row, column] of LEAD_COLUMNS.entries()) {
      const from = lead * PER_LEAD + row;
      for (const [index, other] of SHARED_COLUMNS.entries())
        put(column, other, this.#cross[from * SHARED + index] ?? 0);
      for (let other = 0; other <= row; other++)
        put(column, LEAD_COLUMNS[other] ?? 0, this.#own[from * PER_LEAD + other] ?? 0);
      right[column] = this.#ownRight[from] ?? 0;
    }
    return { matrix, right };
  }
}

function addScaled(into: Float64Array, from: number, values: Float64Array, count: number, factor: number): void {
  for (let index = 0; index < count; index++)
    into[from + index] = (into[from + index] ?? 0) + factor * (values[index] ?? 0);
}
