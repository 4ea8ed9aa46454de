import { HOUR_MS, type Instant } from '../../core/time.ts';
import { type Band, blockBootstrapBand, dieboldMariano, type Verdict } from './significance.ts';

/** What a reference had said on the same pairs. */
export interface ReferenceSkill {
  /** `persistence`, `yesterday`, `climatology`, or `provider:<source>`: what the provider itself had forecast. */
  readonly id: string;
  readonly n: number;
  readonly maeC: number;
  readonly forecastMaeC: number;
  /** 1 − MAE of the forecast / MAE of the reference, on the same pairs; `null` for a reference without error. */
  readonly skill: number | null;
}

/** What the scores of a lead (or of all leads) are worth. */
export interface LeadSkill {
  /** 90 % bands by a block bootstrap over 48 h; `null` for less than five blocks. */
  readonly maeBandC: Band | null;
  readonly coverage80Band: Band | null;
  /** Share of errors of at most 1 and 2 °C; `null` without pairs. */
  readonly within1C: number | null;
  readonly within2C: number | null;
  readonly references: readonly ReferenceSkill[];
  /** Against the best of persistence, yesterday and climatology; `null` where there is too little to tell. */
  readonly verdict: (Verdict & { readonly against: string }) | null;
}

/** One pair of a lead. */
export interface LeadPair {
  readonly issuedAt: Instant;
  /** Forecast − observed, °C. */
  readonly errorC: number;
  /** Whether the 80 % band held the observation; `null` without a band. */
  readonly inside80: boolean | null;
  /** What the references had said − observed, °C; those that said nothing are absent. */
  readonly referenceErrorC: ReadonlyMap<string, number>;
}

const BLOCK_MS = 48 * HOUR_MS;
const BASELINES: ReadonlySet<string> = new Set(['persistence', 'yesterday', 'climatology']);

/** The pairs of one lead in the order of issue, as plain numbers. */
export class LeadRecord {
  readonly #issuedAt: number[] = [];
  readonly #absoluteC: number[] = [];
  /** 1, 0, or NaN. */
  readonly #inside80: number[] = [];
  /** In parallel; NaN where the reference said nothing. */
  readonly #referenceC = new Map<string, number[]>();

  add({ issuedAt, errorC, inside80, referenceErrorC }: LeadPair): void {
    const index = this.#issuedAt.length;
    this.#issuedAt.push(issuedAt);
    this.#absoluteC.push(Math.abs(errorC));
    this.#inside80.push(inside80 === null ? Number.NaN : Number(inside80));
    for (const [id, error] of referenceErrorC) {
      let errors = this.#referenceC.get(id);
      if (!errors) {
        errors = [];
        this.#referenceC.set(id, errors);
      }
      while (errors.length < index) errors.push(Number.NaN);
      errors.push(Math.abs(error));
    }
  }

  /** `lag`: over how many issues errors overlap. */
  skill(lag: number): LeadSkill {
    const n = this.#absoluteC.length;
    const share = (limit: number) => (n === 0 ? null : this.#absoluteC.filter((error) => error <= limit).length / n);
    const banded = this.#inside80.flatMap((inside, index) => (Number.isNaN(inside) ? [] : [index]));
    const references = this.#references();
    return {
      maeBandC: blockBootstrapBand(this.#issuedAt, this.#absoluteC, BLOCK_MS),
      coverage80Band: blockBootstrapBand(
        banded.map((index) => this.#issuedAt[index] ?? 0),
        banded.map((index) => this.#inside80[index] ?? 0),
        BLOCK_MS,
      ),
      within1C: share(1),
      within2C: share(2),
      references,
      verdict: this.#verdict(references, lag),
    };
  }

  #references(): readonly ReferenceSkill[] {
    return [...this.#referenceC]
      .map(([id, errors]) => {
        let [n, reference, forecast] = [0, 0, 0];
        for (const [index, error] of errors.entries()) {
          if (Number.isNaN(error)) continue;
          n++;
          reference += error;
          forecast += this.#absoluteC[index] ?? 0;
        }
        const [maeC, forecastMaeC] = [reference / n, forecast / n];
        return { id, n, maeC, forecastMaeC, skill: maeC === 0 ? null : 1 - forecastMaeC / maeC };
      })
      .filter(({ n }) => n > 0)
      .sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  #verdict(references: readonly ReferenceSkill[], lag: number): LeadSkill['verdict'] {
    const most = Math.max(0, ...references.map(({ n }) => n));
    const [best] = references
      .filter(({ id, n }) => BASELINES.has(id) && n >= most / 2)
      .sort((one, other) => one.maeC - other.maeC);
    if (!best) return null;
    const verdict = dieboldMariano(this.#differences(this.#referenceC.get(best.id) ?? []), lag);
    return verdict && { ...verdict, against: best.id };
  }

  /** Loss of the forecast − loss of the reference, one value an issue: the mean over its pairs. */
  #differences(errors: readonly number[]): readonly number[] {
    const byIssue = new Map<number, { sum: number; n: number }>();
    for (const [index, error] of errors.entries()) {
      if (Number.isNaN(error)) continue;
      const issuedAt = this.#issuedAt[index] ?? 0;
      const issue = byIssue.get(issuedAt) ?? { sum: 0, n: 0 };
      issue.sum += (this.#absoluteC[index] ?? 0) - error;
      issue.n++;
      byIssue.set(issuedAt, issue);
    }
    return [...byIssue.values()].map(({ sum, n }) => sum / n);
  }
}
