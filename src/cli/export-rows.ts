import { toRfc3339 } from '../core/time.ts';
import type { Slot } from '../ledger/ledger.ts';
import type { QuarantineEntry, StoredObservation } from '../store/store.ts';
import { conditionDescription } from '../weather/condition.ts';
import type { Prediction } from '../weather/prediction.ts';
import { LEVELS } from '../weather/prediction.ts';
import { QUANTITY_NAMES } from '../weather/quantity.ts';

/** One exported row: the same columns in the same order for every row of one export. Absent is `null`. */
export type ExportRow = Readonly<Record<string, string | number | null>>;

const instant = (at: number | null) => (at === null ? null : toRfc3339(at));

export function observationRow(row: StoredObservation): ExportRow {
  const { condition } = row;
  return {
    placeId: row.placeId,
    validAt: toRfc3339(row.validAt),
    source: row.source,
    kind: row.kind,
    slotAt: instant(row.slotAt),
    receivedAt: toRfc3339(row.receivedAt),
    issuedAt: instant(row.issuedAt),
    ...Object.fromEntries(QUANTITY_NAMES.map((name) => [name, row.values[name]])),
    conditionId: condition?.id ?? null,
    condition: condition ? (condition.description ?? conditionDescription(condition.id, 'en')) : null,
    sunriseAt: instant(row.sunriseAt),
    sunsetAt: instant(row.sunsetAt),
    corrections: row.corrections,
    flags:
      row.flags.length === 0
        ? null
        : row.flags.map(({ quantity, reason, original }) => `${quantity}:${reason}:${original}`).join(' '),
  };
}

/** One row per lead; thinned vintages have no levels. */
export function predictionRows(prediction: Prediction): readonly ExportRow[] {
  return prediction.validAt.map((validAt, lead) => ({
    placeId: prediction.placeId,
    issuedAt: toRfc3339(prediction.issuedAt),
    validAt: toRfc3339(validAt),
    source: prediction.source,
    model: prediction.model,
    tier: prediction.tier,
    meanC: prediction.meanC[lead] ?? null,
    ...Object.fromEntries(
      LEVELS.map((level, index) => [
        `q${String(Math.round(level * 100)).padStart(2, '0')}C`,
        prediction.quantilesC?.[lead]?.[index] ?? null,
      ]),
    ),
  }));
}

export function slotRow(slot: Slot): ExportRow {
  return {
    placeId: slot.placeId,
    slotAt: toRfc3339(slot.slotAt),
    state: slot.state,
    reason: slot.reason,
    detail: slot.detail,
    arrivedAt: instant(slot.arrivedAt),
    validAt: instant(slot.validAt),
    source: slot.source,
  };
}

export function quarantineRow(entry: QuarantineEntry): ExportRow {
  return {
    id: entry.id,
    receivedAt: toRfc3339(entry.receivedAt),
    code: entry.code,
    detail: entry.detail,
    placeId: entry.placeId,
    slotAt: instant(entry.slotAt),
    source: entry.source,
    valueBytes: entry.valueBytes,
    valueBase64: Buffer.from(entry.value).toString('base64'),
  };
}

/** A cell as RFC 4180 has it; `null` is empty. Text that a spreadsheet would run as a formula is quoted with an apostrophe. */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
