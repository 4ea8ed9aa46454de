import { endianness } from 'node:os';
import type { Site } from '../forecaster.ts';
import { COLUMNS, type Features, LEAD_COLUMNS, LEADS, TIER_COLUMNS, TIERS } from './features.ts';
import { addResidual, RESIDUAL_NUMBERS, RESIDUAL_TIER } from './residual-network.ts';
import { SPREAD_TERMS, setSpreadOrigin, spreadTerms } from './spread-terms.ts';

export const LEVEL_COUNT = 19;
/** Numbers of one tier and lead: coefficients, spread terms, and quantiles of error / spread. */
const numbersOf = (tier: number): number => (TIER_COLUMNS[tier] ?? 0) + SPREAD_TERMS + LEVEL_COUNT;
/** Where each tier begins among the numbers. */
const TIER_FROM: readonly number[] = TIERS.map((_, tier) =>
  TIERS.slice(0, tier).reduce((sum, __, below) => sum + LEADS * numbersOf(below), 0),
);
/** The network that corrects the linear model comes after the tiers. */
export const RESIDUAL_FROM = TIERS.reduce((sum, _, tier) => sum + LEADS * numbersOf(tier), 0);
export const PRIOR_NUMBERS = RESIDUAL_FROM + RESIDUAL_NUMBERS;

/** `HMP` and the version of the layout. */
const LAYOUT = 0x48_4d_50_02;
const HEAD_BYTES = 8;

const coefficientsFrom = (tier: number, lead: number): number => (TIER_FROM[tier] ?? 0) + (lead - 1) * numbersOf(tier);

/** Where the parts of a tier and lead lie among the numbers. */
export function priorParts(tier: number, lead: number) {
  const from = coefficientsFrom(tier, lead);
  const spread = from + (TIER_COLUMNS[tier] ?? 0);
  return { coefficients: from, spread, quantiles: spread + SPREAD_TERMS };
}

/**
 * What is believed of every place, pooled over stations: coefficients, spread and error quantiles by tier and lead, and a
 * small network for what the linear model is wrong by.
 */
export class Prior {
  readonly numbers: Float32Array;

  constructor(numbers: Float32Array) {
    if (numbers.length !== PRIOR_NUMBERS) throw new RangeError(`A prior has ${PRIOR_NUMBERS} numbers.`);
    this.numbers = numbers;
  }

  /** @throws RangeError when the bytes are no prior of this layout */
  static fromBytes(bytes: Uint8Array): Prior {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.byteLength !== HEAD_BYTES + 4 * PRIOR_NUMBERS || view.getUint32(0, true) !== LAYOUT)
      throw new RangeError('These bytes are no prior of this version.');
    const numbers = new Float32Array(PRIOR_NUMBERS);
    new Uint8Array(numbers.buffer).set(bytes.subarray(HEAD_BYTES));
    if (endianness() === 'BE') Buffer.from(numbers.buffer).swap32();
    return new Prior(numbers);
  }

  toBytes(): Uint8Array {
    const bytes = new Uint8Array(HEAD_BYTES + 4 * PRIOR_NUMBERS);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, LAYOUT, true);
    view.setUint32(4, PRIOR_NUMBERS, true);
    for (let index = 0; index < PRIOR_NUMBERS; index++)
      view.setFloat32(HEAD_BYTES + 4 * index, this.numbers[index] ?? 0, true);
    return bytes;
  }

  /** Expected change from the origin's temperature to each lead, °C: `into[lead]`. `past` is what the features are of. */
  changes(features: Features, past: Float64Array, tier: number, into: Float64Array): void {
    this.#linearChanges(features, tier, into);
    if (tier >= RESIDUAL_TIER) addResidual(this.numbers, RESIDUAL_FROM, features, past, into);
  }

  #linearChanges({ shared, ofLead }: Features, tier: number, into: Float64Array): void {
    const { numbers } = this;
    const count = TIER_COLUMNS[tier] ?? 0;
    const perLead = LEAD_COLUMNS.length;
    let ownColumns = 0;
    while (ownColumns < perLead && (LEAD_COLUMNS[ownColumns] ?? COLUMNS) < count) ownColumns++;
    const apart = numbersOf(tier);
    // Four leads at a time: their sums do not wait for each other. The lead's own columns are zero among the shared ones.
    for (let lead = 1; lead <= LEADS; lead += 4) {
      const one = coefficientsFrom(tier, lead);
      const [two, three, four] = [one + apart, one + 2 * apart, one + 3 * apart];
      let [first, second, third, fourth] = [0, 0, 0, 0];
      for (let column = 0; column < count; column++) {
        const value = shared[column] ?? 0;
        first += (numbers[one + column] ?? 0) * value;
        second += (numbers[two + column] ?? 0) * value;
        third += (numbers[three + column] ?? 0) * value;
        fourth += (numbers[four + column] ?? 0) * value;
      }
      const ownOne = (lead - 1) * perLead;
      for (let own = 0; own < ownColumns; own++) {
        const column = LEAD_COLUMNS[own] ?? 0;
        first += (numbers[one + column] ?? 0) * (ofLead[ownOne + own] ?? 0);
        second += (numbers[two + column] ?? 0) * (ofLead[ownOne + perLead + own] ?? 0);
        third += (numbers[three + column] ?? 0) * (ofLead[ownOne + 2 * perLead + own] ?? 0);
        fourth += (numbers[four + column] ?? 0) * (ofLead[ownOne + 3 * perLead + own] ?? 0);
      }
      into[lead] = first;
      into[lead + 1] = second;
      into[lead + 2] = third;
      into[lead + 3] = fourth;
    }
  }

  /** Expected size of the error at each lead, °C: `into[lead]`. */
  spreads(site: Site, features: Features, tier: number, dayMeanSun: number, hourAngle: number, into: Float64Array) {
    setSpreadOrigin(site, features, dayMeanSun, hourAngle);
    for (let lead = 1; lead <= LEADS; lead++) {
      const from = coefficientsFrom(tier, lead) + (TIER_COLUMNS[tier] ?? 0);
      const terms = spreadTerms(lead);
      let sum = 0;
      for (let term = 0; term < SPREAD_TERMS; term++) sum += (this.numbers[from + term] ?? 0) * (terms[term] ?? 0);
      into[lead] = Math.exp(sum);
    }
  }

  /** Pooled quantile of error / spread. */
  quantile(tier: number, lead: number, level: number): number {
    return this.numbers[coefficientsFrom(tier, lead) + (TIER_COLUMNS[tier] ?? 0) + SPREAD_TERMS + level] ?? 0;
  }
}
