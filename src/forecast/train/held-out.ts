import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { LEADS, TIERS, YEAR_TIER } from '../models/features.ts';
import type { Prior } from '../models/prior.ts';
import { rowsOf, type StationHours } from './station-hours.ts';

/** How coefficients that know nothing of a station did in its last year: the pooled model alone, nothing learnt there. */
export interface HeldOut {
  readonly station: string;
  /** Per tier: mean absolute error over +1…+48 h, °C, and origins; `null` where no origin had that much history. */
  readonly byTier: readonly ({ readonly maeC: number; readonly n: number } | null)[];
  /** Mean absolute error at some leads of the lowest tier and of the month's, °C. */
  readonly reading: readonly number[];
  readonly month: readonly number[];
}

export const LISTED_LEADS: readonly number[] = [1, 2, 3, 6, 12, 24, 48];
const EVERY_H = 7;

export function heldOut(hours: StationHours, prior: Prior): HeldOut {
  const endAt = hours.firstAt + hours.measured.length * HOUR_MS;
  const foretold = new Float64Array(LEADS + 1);
  const sums = TIERS.map(() => ({ n: 0, byLead: new Float64Array(LEADS + 1) }));
  for (const row of rowsOf(hours, EVERY_H, endAt - 365 * DAY_MS, endAt)) {
    if (row.change.subarray(1).some(Number.isNaN)) continue;
    for (let tier = 0; tier <= row.features.tier; tier++) {
      const sum = sums[tier];
      if (!sum) continue;
      sum.n++;
      prior.changes(row.features, row.past, tier, foretold);
      for (let lead = 1; lead <= LEADS; lead++)
        sum.byLead[lead] = (sum.byLead[lead] ?? 0) + Math.abs((foretold[lead] ?? 0) - (row.change[lead] ?? 0));
    }
  }
  const at = (tier: number) =>
    LISTED_LEADS.map((lead) => (sums[tier]?.byLead[lead] ?? 0) / Math.max(1, sums[tier]?.n ?? 0));
  return {
    station: hours.station.name,
    byTier: sums.map(({ n, byLead }) =>
      n === 0 ? null : { n, maeC: byLead.reduce((sum, value) => sum + value, 0) / LEADS / n },
    ),
    reading: at(0),
    month: at(YEAR_TIER - 1),
  };
}

/** The table as `train` prints it. */
export function heldOutTable(rows: readonly HeldOut[]): string {
  const number = (value: number | undefined) =>
    (value === undefined || Number.isNaN(value) ? '–' : value.toFixed(2)).padStart(7);
  const count = (of: HeldOut, tier: number) => String(of.byTier[tier]?.n ?? 0).padStart(7);
  const head = `${'station left out, last year'.padEnd(28)}${TIERS.map((tier) => tier.padStart(8)).join('')}  | reading: +1     +2     +3  | 30d: ${LISTED_LEADS.map((lead) => `+${lead}`.padStart(6)).join(' ')}  | origins:  30d    year\n`;
  return (
    head +
    rows
      .map((row) => {
        const { station, byTier, reading, month } = row;
        return `${station.padEnd(28)}${byTier.map((tier) => number(tier?.maeC).padStart(8)).join('')}  |   ${reading.slice(0, 3).map(number).join('')}  |     ${month.map(number).join('')}  |      ${count(row, YEAR_TIER - 1)} ${count(row, YEAR_TIER)}\n`;
      })
      .join('')
  );
}
