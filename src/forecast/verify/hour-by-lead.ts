import { HOUR_MS, type Instant } from '../../core/time.ts';

/** One cell of the map of errors: an hour of the day, a group of leads. */
export interface HourByLeadCell {
  /** Hour of the forecast's instant, UTC. */
  readonly hour: number;
  /** `[fromLead, toLead]` hours, both included. */
  readonly fromLead: number;
  readonly toLead: number;
  readonly n: number;
  readonly maeC: number;
  readonly biasC: number;
}

/** Groups of leads: the first hours one by one are too thin for a month of issues. */
export const LEAD_GROUPS: readonly (readonly [number, number])[] = [
  [1, 3],
  [4, 6],
  [7, 12],
  [13, 24],
  [25, 36],
  [37, 48],
];

/** Errors by hour of day and group of leads: a bias of the day's course shows at a glance. */
export class HourByLeadSums {
  readonly #cells = new Map<number, { n: number; absolute: number; signed: number }>();

  add(validAt: Instant, leadHours: number, errorC: number): void {
    const group = LEAD_GROUPS.findIndex(([from, to]) => leadHours >= from && leadHours <= to);
    if (group < 0) return;
    const key = group * 24 + (Math.floor(validAt / HOUR_MS) % 24);
    const cell = this.#cells.get(key) ?? { n: 0, absolute: 0, signed: 0 };
    cell.n++;
    cell.absolute += Math.abs(errorC);
    cell.signed += errorC;
    this.#cells.set(key, cell);
  }

  /** By group, then by hour; cells without a pair are absent. */
  cells(): readonly HourByLeadCell[] {
    return [...this.#cells]
      .sort(([one], [other]) => one - other)
      .map(([key, { n, absolute, signed }]) => {
        const [fromLead, toLead] = LEAD_GROUPS[Math.floor(key / 24)] ?? [0, 0];
        return { hour: key % 24, fromLead, toLead, n, maeC: absolute / n, biasC: signed / n };
      });
  }
}
