import { type EngineState, KNOTS, OWN_TERMS, OWN_TRIANGLE } from './engine-state.ts';

/** Weight of the pooled model, in rows: what it says is believed until so many errors of the place say otherwise. */
const PRIOR_ROWS = 1_000;
/** Share of what was learnt that is kept with each new row. */
const KEPT = 0.9995;
/** Nothing is forgotten while uncertainty is as large as where it began. */
const START = 1 / PRIOR_ROWS;

/** Fills in that the pooled model needs no correction, with the uncertainty of `PRIOR_ROWS` rows. */
export function startOwnCorrection({ ownSpread }: EngineState): void {
  for (let knot = 0; knot < KNOTS; knot++)
    for (let term = 0; term < OWN_TERMS; term++) ownSpread[knot * OWN_TRIANGLE + (term * (term + 3)) / 2] = START;
}

/** Correction of the pooled forecast at a knot, °C. */
export function ownCorrection({ own }: EngineState, knot: number, terms: Float64Array): number {
  let sum = 0;
  for (let term = 0; term < OWN_TERMS; term++) sum += (own[knot * OWN_TERMS + term] ?? 0) * (terms[term] ?? 0);
  return sum;
}

const gain = new Float64Array(OWN_TERMS);

/**
 * Recursive least squares with forgetting (Haykin, Adaptive Filter Theory, ch. 10): g = C·z / (κ + zᵀ·C·z),
 * θ ← θ + g·(e − zᵀθ), C ← (C − g·(C·z)ᵀ) / κ, with the prior as C's beginning. The packed triangle holds C by rows.
 */
export function learnOwnCorrection({ own, ownSpread }: EngineState, knot: number, terms: Float64Array, errorC: number) {
  const from = knot * OWN_TRIANGLE;
  const ownFrom = knot * OWN_TERMS;
  let along = 0;
  for (let row = 0; row < OWN_TERMS; row++) {
    let sum = 0;
    const rowFrom = from + (row * (row + 1)) / 2;
    for (let column = 0; column <= row; column++) sum += (ownSpread[rowFrom + column] ?? 0) * (terms[column] ?? 0);
    for (let below = row + 1; below < OWN_TERMS; below++)
      sum += (ownSpread[from + (below * (below + 1)) / 2 + row] ?? 0) * (terms[below] ?? 0);
    gain[row] = sum;
    along += sum * (terms[row] ?? 0);
  }
  let surprise = errorC;
  for (let term = 0; term < OWN_TERMS; term++) surprise -= (own[ownFrom + term] ?? 0) * (terms[term] ?? 0);
  const kept = isUncertain(ownSpread, from) ? 1 : KEPT;
  const scale = 1 / (kept + along);
  for (let row = 0; row < OWN_TERMS; row++) {
    const rowGain = (gain[row] ?? 0) * scale;
    own[ownFrom + row] = (own[ownFrom + row] ?? 0) + rowGain * surprise;
    const rowFrom = from + (row * (row + 1)) / 2;
    for (let column = 0; column <= row; column++)
      ownSpread[rowFrom + column] = ((ownSpread[rowFrom + column] ?? 0) - rowGain * (gain[column] ?? 0)) / kept;
  }
}

function isUncertain(ownSpread: Float32Array, from: number): boolean {
  let trace = 0;
  for (let term = 0; term < OWN_TERMS; term++) trace += ownSpread[from + (term * (term + 3)) / 2] ?? 0;
  return trace >= OWN_TERMS * START;
}
